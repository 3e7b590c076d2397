#!/usr/bin/env bash
# libsqlite3-sys 0.40.0 with its bundled SQLite, through rusqlite 0.42.0 (crates.io), beside Debian's libsqlite3 through Python.
#
# Expected: the bundled SQLite syncs as the distribution's does: fdatasync for each commit, since a log of writes that has its size changes nothing else.
# Seen:     the bundled one calls fsync, which writes the inode (its time of change) as well, for every commit: it is built without HAVE_FDATASYNC,
#           which SQLite's own configure finds. LIBSQLITE3_FLAGS=-DHAVE_FDATASYNC at build time mends it.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for program in strace python3; do
  command -v "$program" >/dev/null || { apt-get update -q && apt-get install -qy "$program"; } >/dev/null
done
mkdir "$dir/src"
cat >"$dir/Cargo.toml" <<'END'
[package]
name = "commits"
version = "0.0.0"
edition = "2024"
[dependencies]
rusqlite = { version = "=0.42.0", features = ["bundled"] }
libsqlite3-sys = "=0.40.0"
END
cat >"$dir/src/main.rs" <<'END'
fn main() -> rusqlite::Result<()> {
    let database = rusqlite::Connection::open(std::env::args().nth(1).unwrap())?;
    database.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (x)")?;
    (0..100).try_for_each(|x| database.execute("INSERT INTO t VALUES (?1)", [x]).map(drop))
}
END
cat >"$dir/commits.py" <<'END'
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
for line in ["PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "CREATE TABLE t (x)"] + [f"INSERT INTO t VALUES ({x})" for x in range(100)]:
    database.execute(line)
END
# counted NAME COMMAND...: how often it called fsync and fdatasync, more than 90 times or not.
counted() {
  local name=$1 calls
  shift
  strace -f -qq -e trace=fsync,fdatasync -o "$dir/calls" "$@" "$dir/$name.db"
  calls=$(grep -Eo '\b(fsync|fdatasync)\(' "$dir/calls" | sort | uniq -c | awk '$1 > 90 { print $2 "...)" }')
  echo "$name: 100 commits, each with $calls"
}
cd "$dir"
env -u LIBSQLITE3_FLAGS CARGO_TARGET_DIR="$dir/plain" cargo build --quiet
LIBSQLITE3_FLAGS=-DHAVE_FDATASYNC CARGO_TARGET_DIR="$dir/flagged" cargo build --quiet
seen=$(counted bundled "$dir/plain/debug/commits"; counted flagged "$dir/flagged/debug/commits"; counted distribution python3 "$dir/commits.py")
echo "$seen"
[ "$seen" = 'bundled: 100 commits, each with fsync(...)
flagged: 100 commits, each with fdatasync(...)
distribution: 100 commits, each with fdatasync(...)' ] || { echo 'changed: how SQLite syncs'; exit 1; }
