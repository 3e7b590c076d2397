#!/usr/bin/env bash
# SQLite 3.46.1 in pysqlite3-binary 0.5.4 (PyPI, Python 3.11).
#
# Expected: a connection with `mode=ro` writes nothing, and `nolock=1` only leaves out the locks.
# Seen:     of a database in WAL mode whose index (-shm) is missing, as in a copy, the reader makes the index, as its own user; it stays when the reader
#           closes. `immutable=1` makes none and does not read the log: what was committed there is not seen, and nothing says so. `nolock=1` cannot
#           open the file at all. `vfs=unix-none` with `PRAGMA locking_mode = EXCLUSIVE` reads all of it and makes nothing.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet pysqlite3-binary==0.5.4
cat >"$dir/read.py" <<'END'
import os, shutil, sys
from pysqlite3 import dbapi2 as sqlite

home = sys.argv[1]
writer = sqlite.connect(f"{home}/own.db")
for line in ["PRAGMA journal_mode = WAL", "PRAGMA wal_autocheckpoint = 0", "CREATE TABLE t (x)", "INSERT INTO t VALUES (42)"]:
    writer.execute(line)
writer.commit()
for how in ["mode=ro", "immutable=1", "mode=ro&nolock=1", "mode=ro&vfs=unix-none"]:
    copy = f"{home}/copy"
    shutil.rmtree(copy, ignore_errors=True)
    os.mkdir(copy)
    for suffix in ["", "-wal"]:
        shutil.copy(f"{home}/own.db{suffix}", f"{copy}/db{suffix}")
    reader = sqlite.connect(f"file:{copy}/db?{how}", uri=True)
    try:
        if how.endswith("none") or "nolock" in how:
            reader.execute("PRAGMA locking_mode = EXCLUSIVE").fetchone()
        read = reader.execute("SELECT x FROM t").fetchone()[0]
    except sqlite.Error as error:
        read = error
    reader.close()
    made = sorted(set(os.listdir(copy)) - {"db", "db-wal"})
    print(f"{how}: read {read}; made {made}")
END
seen=$("$dir/venv/bin/python" "$dir/read.py" "$dir")
echo "$seen"
[ "$seen" = "mode=ro: read 42; made ['db-shm']
immutable=1: read no such table: t; made []
mode=ro&nolock=1: read unable to open database file; made []
mode=ro&vfs=unix-none: read 42; made []" ] || { echo 'changed: what a reader of a copied database makes'; exit 1; }
