# shellcheck shell=bash
# The part `postgres` of measure.sh, which sources this: the record in PostgreSQL. Acceptances beside single-row commits of pgbench on the same server and
# beside boathook's own file on the same disk, in turn within each round; then the start and the questions on a long history.
# shellcheck disable=SC2154 # dir, xtask, handler, rounds, seconds and history are measure.sh's

bench_postgres() {
  need_postgres
  have setpriv || need_packages util-linux
  start_postgres
  accepted_beside_pgbench "this disk"
  stop_postgres
  slow_library
  slowing=(LD_PRELOAD="$dir/slow.so" SLOW_SYNC_MS=2)
  start_postgres
  accepted_beside_pgbench "a disk that takes 2 ms longer"
  stop_postgres
  slowing=()
  start_postgres
  history_in_postgres
  stop_postgres
}

# start_postgres: a durable server with its usual settings, whose disk is as slow as `slowing` says. It listens on a socket in its folder.
start_postgres() {
  local as=() PATH=$PATH
  have initdb || PATH=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1):$PATH
  database=$dir/postgres
  rm -rf "$database"
  mkdir "$database"
  # It does not run as root.
  if [ "$(id -u)" -eq 0 ]; then
    as=(setpriv --reuid postgres --regid postgres --clear-groups --)
    chmod a+x "$dir"
    chown postgres:postgres "$database"
  fi
  "${as[@]}" initdb -D "$database/data" -U boathook --auth trust >/dev/null
  "${as[@]}" env "${slowing[@]}" postgres -D "$database/data" -k "$database" -c listen_addresses= >"$database.log" 2>&1 &
  server=$!
  pids+=("$server")
  wait_for_start "PostgreSQL" "$database.log" psql -h "$database" -U boathook -d postgres -qc 'SELECT 1'
  (umask 077 && printf 'postgresql://boathook@%s/postgres\n' "${database//\//%2F}" >"$dir/database")
  psql -h "$database" -U boathook -d postgres -qc 'CREATE TABLE single_row (id bigserial PRIMARY KEY, service text, image text, at timestamptz DEFAULT now())'
  echo "INSERT INTO single_row (service, image) VALUES ('bench-7', '$image');" >"$dir/single-row.sql"
}

stop_postgres() {
  kill -INT "$server"
  wait "$server" 2>/dev/null || true
}

in_postgres() { printf 'BOATHOOK__STATE__POSTGRES={url: {file: %s/database}, schema: %s}' "$dir" "$1"; }

# accepted_beside_pgbench WORDS
accepted_beside_pgbench() {
  local round accepted
  rm -f "$dir"/record.*
  for ((round = 0; round < rounds; round++)); do
    pgbench -n -c 1 -j 1 -M prepared -T "$seconds" -f "$dir/single-row.sql" -h "$database" -U boathook postgres >"$dir/pgbench" 2>"$dir/pgbench.err" ||
      fail "pgbench failed: $(<"$dir/pgbench.err")"
    awk '/^tps/ { print $3 }' "$dir/pgbench" >>"$dir/record.pgbench"
    begin_occupied "$(in_postgres "round_$round")" "${slowing[@]}"
    accepted=$(all_accepted)
    of "$accepted" .per_second >>"$dir/record.accepted"
    of "$accepted" .p99_ms >>"$dir/record.p99"
    end
    begin_occupied "${slowing[@]}"
    accepted=$(all_accepted)
    of "$accepted" .per_second >>"$dir/record.file"
    end
  done
  row "accepted with 64 clients in PostgreSQL, in a file; single-row commits of pgbench, one client; $1 (1/s, medians of $rounds)" \
    "$(rounded "$(median <"$dir/record.accepted")" 0), $(rounded "$(median <"$dir/record.file")" 0); $(rounded "$(median <"$dir/record.pgbench")" 0)"
  row "accepted in PostgreSQL / pgbench" "$(ratios "$dir/record.accepted" "$dir/record.pgbench")"
  row "accepted in PostgreSQL / in a file" "$(ratios "$dir/record.accepted" "$dir/record.file")"
  row "p99 of an acceptance in PostgreSQL (ms)" "$(rounded "$(median <"$dir/record.p99")" 1)"
}

all_accepted() {
  local accepted
  accepted=$(accept --seconds "$seconds" --services 1000)
  [ "$(of "$accepted" .refused)" -eq 0 ] || fail "some were refused"
  printf '%s\n' "$accepted"
}

history_in_postgres() {
  local began
  fill_history
  began=$(date +%s)
  boathook journal copy --from "$dir/state/journal.db" --to "$(cat "$dir/database")" --schema history --config "$dir/config" >"$dir/copied"
  row "the history moves to PostgreSQL, each side read back (s)" "$(($(date +%s) - began))"
  measure_history "$(in_postgres history)"
  rm -rf "$dir/state"
}
