# shellcheck shell=bash disable=SC2154 # `dir`, `leads` and `follower` are those of failover.sh
# The database of trials/failover.sh, and the faults: each is a function that does it and, where that is part of it, ends it. Sourced, never run.
# Expects install-tools.sh and what failover.sh defines: `dir`, `leads` and `follower` (numbers of nodes), `signal` and `links`.

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
  until
    "${unprivileged[@]}" postgres -D "$dir/disk/data" -k "$dir/database" -p "$database_port" -c listen_addresses=127.0.0.1 -c max_wal_size=64MB \
      -c min_wal_size=2MB >>"$dir/database.log" 2>&1 </dev/null &
    database_process=$!
    database_answers
  do sleep 0.1; done
}

database_answers() {
  while kill -0 "$database_process" 2>/dev/null; do
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

kill_leader() { signal KILL "$leads"; }
stop_leader() { signal TERM "$leads"; }
kill_follower() { signal KILL "$follower"; }

# Longer than its lease: another leads when it goes on.
pause_leader() {
  signal STOP "$leads"
  nap 30000
  signal CONT "$leads"
}

# cut LINK: nothing arrives for 2 to 22 seconds; what was sent meanwhile arrives then.
cut() {
  links hold "$1"
  nap $((2000 + RANDOM % 20000))
  links pass "$1"
}
cut_leader() { cut "$leads"; }
cut_follower() { cut "$follower"; }
cut_everyone() { cut all; }

restart_database() {
  stop_database INT
  start_database
}

kill_database() {
  stop_database KILL
  nap $((RANDOM % 3000))
  start_database
}

# A commit takes three answers.
slow_database() {
  links delay=667 all
  nap 15000
  links pass all
}

# PostgreSQL may end of it; then an administrator who has made room starts it.
fill_disk() {
  dd if=/dev/zero of="$dir/disk/full" bs=1M 2>/dev/null || true
  nap $((2000 + RANDOM % 10000))
  rm "$dir/disk/full"
  database_answers || start_database
}
