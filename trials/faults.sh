# shellcheck shell=bash disable=SC2154 # `dir`, `leads` and `follower` are those of failover.sh
# The database of trials/failover.sh, and the faults: each is a function that does it and, where that is part of it, ends it. Sourced, never run.
# Expects install-tools.sh and what failover.sh defines: `dir`, `leads` and `follower` (numbers of nodes), `links` and `query`. Each says in `proof`
# what shows that it happened; without that, the judge counts it as one that did not.

# shellcheck disable=SC2034 # failover.sh draws from it
all_kinds=(kill_leader stop_leader pause_leader cut_leader cut_everyone kill_follower cut_follower restart_database kill_database slow_database fill_disk)
database_process=''

# make_database: an empty one on a small file system of its own.
make_database() {
  local programs
  for programs in /usr/lib/postgresql/*/bin; do PATH=$programs:$PATH; done
  unprivileged=(setpriv --reuid=65534 --regid=65534 --clear-groups)
  mkdir "$dir/disk" "$dir/database"
  mount -t tmpfs -o size=512m,mode=0700,uid=65534,gid=65534 boathook-trial "$dir/disk"
  chown 65534:65534 "$dir/database"
  database_port=$(free_port)
  "${unprivileged[@]}" initdb -D "$dir/disk/data" -U boathook -A trust -E UTF8 --locale=C.UTF-8 --wal-segsize=1 >"$dir/database.log" 2>&1 ||
    fail "initdb: $(cat "$dir/database.log")"
  start_database
  psql -XAtq -h "$dir/database" -p "$database_port" -U boathook -d postgres -c "CREATE DATABASE boathook"
}

# start_database: what a killed server was doing may go on for a moment.
start_database() {
  local until=$((SECONDS + 60))
  until
    [ "$SECONDS" -lt "$until" ] || fail "PostgreSQL does not start: $(tail -n 20 "$dir/database.log")"
    "${unprivileged[@]}" postgres -D "$dir/disk/data" -k "$dir/database" -p "$database_port" -c listen_addresses=127.0.0.1 -c max_wal_size=64MB \
      -c min_wal_size=2MB >>"$dir/database.log" 2>&1 </dev/null &
    database_process=$!
    database_answers
  do sleep 0.1; done
}

database_answers() {
  local until=$((SECONDS + 60))
  while [ "$SECONDS" -lt "$until" ] && kill -0 "$database_process" 2>/dev/null; do
    if pg_isready -q -h "$dir/database" -p "$database_port"; then return 0; fi
    sleep 0.05
  done
  return 1
}

# stop_database SIGNAL
stop_database() {
  [ -n "$database_process" ] || return 0
  kill "-$1" "$database_process" 2>/dev/null || true
  wait "$database_process" 2>/dev/null || true
}

# nap MILLISECONDS
nap() { sleep "$(($1 / 1000)).$(printf '%03d' $(($1 % 1000)))"; }

# strike SIGNAL NODE: its process gets the signal, and ends where that is what the signal is for.
strike() {
  local process
  process=$(cat "$dir/node-$2/process")
  kill "-$1" "$process" 2>/dev/null || return 0
  case $1 in
    # Its threads stop one after the other.
    STOP) wait_until 5 grep -qs '^State:[[:space:]]*T' "/proc/$process/status" && proof="process $process was stopped" ;;
    *) wait_until 90 grep -q "process $process, ended" "$dir/ended" && proof="process $process ended" ;;
  esac
  true
}

kill_leader() { strike KILL "$leads"; }
stop_leader() { strike TERM "$leads"; }
kill_follower() { strike KILL "$follower"; }

# Longer than its lease: another leads when it goes on.
pause_leader() {
  local process
  process=$(cat "$dir/node-$leads/process")
  strike STOP "$leads"
  nap 30000
  kill -CONT "$process"
}

# cut LINK: nothing arrives for 2 to 22 seconds; what was sent meanwhile arrives then.
cut() {
  local took=$((2000 + RANDOM % 20000))
  links hold "$1"
  # Nobody gets an answer through it.
  if ! through_link "${1/all/$leads}" 1 >/dev/null; then proof="no answer through the link"; fi
  nap "$took"
  links pass "$1"
}
cut_leader() { cut "$leads"; }
cut_follower() { cut "$follower"; }
cut_everyone() { cut all; }

# through_link NODE SECONDS: how many milliseconds a statement takes on that node's way to the database; fails where it takes longer.
through_link() {
  # shellcheck disable=SC2154 # `link` is failover.sh's
  PGCONNECT_TIMEOUT=20 timeout "$2" psql -XAtq -h 127.0.0.1 -p "${link[$1]}" -U boathook -d boathook -c '\timing on' -c 'SELECT 1' 2>/dev/null |
    sed -n 's/^Time: \([0-9]*\).*/\1/p' | tail -n 1 | grep .
}

restart_database() {
  stop_database INT
  start_database
  restarted
}

kill_database() {
  stop_database KILL
  nap $((RANDOM % 3000))
  start_database
  restarted
}

restarted() {
  local since
  since=$(query "SELECT pg_postmaster_start_time() WHERE pg_postmaster_start_time() > '$begun'")
  proof=${since:+"the server began at $since"}
}

# A commit takes three answers.
slow_database() {
  local took
  links delay=667 all
  took=$(through_link "$leads" 30) || took=0
  if [ "$took" -ge 600 ]; then proof="an answer took $took ms"; fi
  nap 15000
  links pass all
}

# PostgreSQL may end of it; then an administrator who has made room starts it.
fill_disk() {
  local before
  before=$(refused_for_space)
  dd if=/dev/zero of="$dir/disk/full" bs=1M 2>/dev/null || true
  query "CREATE TABLE witness.filling AS SELECT repeat('x', 1000) FROM generate_series(1, 10000)" >/dev/null 2>&1 || true
  nap $((2000 + RANDOM % 10000))
  if [ "$(refused_for_space)" -gt "$before" ]; then proof="no space was left"; fi
  rm "$dir/disk/full"
  database_answers || start_database
  query "DROP TABLE IF EXISTS witness.filling" >/dev/null 2>&1 || true
}

refused_for_space() { grep -c 'No space left on device' "$dir/database.log" || true; }
