#!/usr/bin/env bash
# Three boathooks on one simulated cluster and one PostgreSQL, under steady webhooks that a front spreads over them, through one fault after the
# other, drawn from a seed that is printed. Afterwards it judges what senders were told, what the record, the cluster and the audit logs hold, and
# what users got: nothing accepted is lost, nothing is done twice, each deployment has one end, and a leader that was deposed wrote nothing. Prints
# how long nobody led after each kind of fault.
#   trials/failover.sh [--faults N] [--seed N] [--kind KIND]...    N faults (20) of these kinds (all); 200 take more than an hour
# Needs root, for the small file system of the database that one of the faults fills, and Debian's PostgreSQL, which it installs.
# E2E_PROGRAMS    a folder with boathook, boathook-sandbox and xtask, in place of those that are built here
# E2E_KEEP        not empty: the directory with logs, records and all that was seen stays
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/install-tools.sh
. scripts/install-tools.sh
# shellcheck source=scripts/sandbox-and-handler.sh
. scripts/sandbox-and-handler.sh
# shellcheck source=trials/faults.sh
. trials/faults.sh

count=20 seed=$RANDOM kinds=()
while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || fail "$1 needs a value"
  case $1 in
    --faults) count=$2 ;;
    --seed) seed=$2 ;;
    --kind) kinds+=("$2") ;;
    *) fail "unknown argument: $1" ;;
  esac
  shift 2
done
[[ $count$seed =~ ^[0-9]+$ ]] || fail "--faults and --seed are numbers"
[ ${#kinds[@]} -gt 0 ] || kinds=("${all_kinds[@]}")
for kind in "${kinds[@]}"; do [[ " ${all_kinds[*]} " == *" $kind "* ]] || fail "no such kind: $kind; known: ${all_kinds[*]}"; done

nodes=(1 2 3) services=(shop-1 shop-2 shop-3 shop-4) namespace=shops
# How long all may take to go on after a fault, before the trial is over.
patience=180

prepare() {
  [ "$(id -u)" -eq 0 ] || fail "the file system that is filled needs root"
  need_curl
  need_postgres
  have psql || need_packages postgresql-client
  have jq || need_packages jq
  need_kubectl "$PWD/target/tools"
  if [ -z "${E2E_PROGRAMS:-}" ]; then
    need_c_compiler
    need_rust "$PWD"
    say "building"
    cargo build --locked --quiet --workspace
    E2E_PROGRAMS=$(build_folder . debug)
  fi
  PATH="$E2E_PROGRAMS:$PATH"
  dir=$(mktemp -d)
  # The server is another user.
  chmod 711 "$dir"
  network='' watcher='' senders='' supervisors=()
  trap end EXIT
}

now() { date -u +%FT%T.%6NZ; }

# end: stops what was started; for an EXIT trap.
end() {
  local number
  touch "$dir/no-more" "$dir/over"
  for number in "${nodes[@]}"; do signal CONT "$number" && signal TERM "$number"; done
  wait_until 20 all_over || true
  for number in "${nodes[@]}"; do signal KILL "$number"; done
  # What reads the cluster for a boathook that was killed.
  for process in $(pgrep -f -- "--unix-socket=$dir/" || true); do kill "$process" 2>/dev/null || true; done
  for process in "$network" "$watcher" "$senders" "${supervisors[@]}"; do [ -z "$process" ] || kill "$process" 2>/dev/null || true; done
  stop_database KILL
  stop_all
  wait
  umount --lazy "$dir/disk" 2>/dev/null || true
  if [ -n "${E2E_KEEP:-}" ]; then say "all of it is in $dir"; else rm -rf "$dir"; fi
}

is_over() { [ ! -e "/proc/$1" ] || grep -qs '^State:[[:space:]]*Z' "/proc/$1/status"; }
all_over() {
  local number
  for number in "${nodes[@]}"; do is_over "$(cat "$dir/node-$number/process" 2>/dev/null || echo none)" || return 1; done
}

# new_port VARIABLE: gets a port that no other one got.
new_port() {
  local free
  while free=$(free_port); [[ " ${given[*]} " == *" $free "* ]]; do :; done
  given+=("$free")
  printf -v "$1" %s "$free"
}

# start_network: the front, and a link to the database for each node.
start_network() {
  local number arguments=()
  for number in "${nodes[@]}"; do
    new_port port[number]
    new_port link[number]
    arguments+=(--node "${port[number]}" --link "${link[number]}")
  done
  new_port front
  mkfifo "$dir/orders" "$dir/obeyed"
  xtask failover network --front "$front" --database "$database_port" "${arguments[@]}" <"$dir/orders" >"$dir/obeyed" 2>"$dir/network.log" &
  network=$!
  exec {orders}>"$dir/orders" {obeyed}<"$dir/obeyed"
  local answer
  read -r answer <&"$obeyed" || true
  [ "${answer:-}" = ready ] || fail "the network did not start: $(cat "$dir/network.log")"
}

# links MODE LINK: pass, hold or delay=MILLISECONDS, for a node's link to the database or all.
links() {
  local answer
  printf '%s %s\n' "$1" "$2" >&"$orders"
  read -r answer <&"$obeyed"
  [ "$answer" = "done" ] || fail "the network said: $answer"
}

configure() {
  local number service
  (umask 077 && head -c 32 /dev/urandom | base64 >"$dir/secret")
  mkdir "$dir/config" "$dir/manifests"
  cp config/default.yaml "$dir/config/"
  cat >"$dir/config/development.yaml" <<YAML
secrets: [{id: trial, file: $dir/secret}]
manifests: $dir/manifests
strategy: {default: rolling, allowed: [rolling, blue-green]}
traffic:
  stages:
    rolling: [{percent: 100, hold: 500ms}]
    blue-green: [{percent: 10, hold: 500ms}, {percent: 100, hold: 500ms}]
allow: {images: ["${E2E_IMAGE_GOOD_1%:*}"], namespaces: [$namespace], services: ["shop-*"]}
waits: {ready: 1m, unready_grace: 3s, poll_interval: 1s}
health: {delay: 0s, interval: 100ms, min_samples: 3}
url: {scheme: http, domain: $E2E_DOMAIN, ingress_address: $E2E_INGRESS}
YAML
  printf 'apiVersion: v1\nkind: Namespace\nmetadata: {name: %s}\n' "$namespace" >"$dir/manifests/00-namespace.yaml"
  kubectl apply -f "$dir/manifests" >/dev/null
  for service in "${services[@]}"; do
    cat >"$dir/manifests/$service.yaml" <<YAML
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: $service, namespace: $namespace}
spec: {template: {spec: {containers: [{image: '$E2E_IMAGE_GOOD_1', ports: [{containerPort: 8080}], readinessProbe: {httpGet: {path: /}, periodSeconds: 1}}]}}}
YAML
  done
  for number in "${nodes[@]}"; do
    mkdir "$dir/node-$number"
    # The cluster says who changed what.
    sed "s|/as/admin|/as/admin@node-$number|" "$KUBECONFIG" >"$dir/node-$number/kubeconfig"
    (umask 077 && printf 'postgresql://boathook@127.0.0.1:%s/boathook\n' "${link[number]}" >"$dir/node-$number/database")
  done
}

# supervise NODE: a boathook that is started again whenever it ends, as systemd does it.
supervise() {
  local number=$1 folder=$dir/node-$1 process status
  export BOATHOOK__SERVER__LISTEN="127.0.0.1:${port[$1]}" BOATHOOK__SERVER__PUBLIC_URL="http://127.0.0.1:$front"
  export BOATHOOK__SERVER__REQUESTS_PER_MINUTE=100000 BOATHOOK__AUDIT__KEEP=1000
  export BOATHOOK__OPERATOR__SOCKET="$folder/socket" BOATHOOK__STATE__DIRECTORY="$folder/state" BOATHOOK__STATE__NODE="node-$number"
  export BOATHOOK__STATE__POSTGRES="{url: {file: $folder/database}}" BOATHOOK__TOOLS__KUBECONFIG="$folder/kubeconfig" BOATHOOK__TOOLS__PATH="$PATH"
  while [ ! -e "$dir/over" ]; do
    boathook serve --config "$dir/config" >>"$folder/log" 2>&1 &
    process=$!
    printf '%s\n' "$process" >"$folder/process"
    printf '{"node":"node-%s","process":%s}\n' "$number" "$process" >>"$dir/starts.jsonl"
    status=0
    # The end may have come while it was started.
    if [ -e "$dir/over" ]; then kill "$process"; fi
    wait "$process" || status=$?
    printf '%s node-%s, process %s, ended with %s\n' "$(now)" "$number" "$process" "$status" >>"$dir/ended"
    sleep 2
  done
}

# signal SIGNAL NODE
signal() { kill "-$1" "$(cat "$dir/node-$2/process" 2>/dev/null)" 2>/dev/null || true; }

# query SQL: past every link.
query() { PGCONNECT_TIMEOUT=5 psql -XAtq -v ON_ERROR_STOP=1 -h "$dir/database" -p "$database_port" -U boathook -d boathook -c "$1"; }

# leader: the number of the node whose lease holds; fails where there is none.
leader() { query "SELECT substring(node from 'node-([0-9]+)') FROM boathook.lease WHERE ends > clock_timestamp()" 2>/dev/null | grep .; }

# The database itself writes down in whose term each record is written, and by which process.
place_witness() {
  local process="substring(current_setting('application_name') from 'process ([0-9]+)')::bigint"
  query "
    CREATE SCHEMA witness;
    CREATE TABLE witness.terms (epoch BIGINT, at TIMESTAMPTZ, process BIGINT);
    CREATE TABLE witness.records (sequence BIGINT, epoch BIGINT, process BIGINT);
    CREATE TABLE witness.others (changed TEXT, epoch BIGINT, process BIGINT);
    CREATE FUNCTION witness.term() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN
      INSERT INTO witness.terms VALUES (NEW.epoch, clock_timestamp(), $process); RETURN NULL; END \$\$;
    CREATE FUNCTION witness.record() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN
      INSERT INTO witness.records SELECT NEW.sequence, epoch, $process FROM boathook.journal; RETURN NULL; END \$\$;
    CREATE TRIGGER witness AFTER UPDATE OF epoch ON boathook.journal FOR EACH ROW WHEN (OLD.epoch <> NEW.epoch) EXECUTE FUNCTION witness.term();
    CREATE TRIGGER witness AFTER INSERT ON boathook.records FOR EACH ROW EXECUTE FUNCTION witness.record();
    CREATE FUNCTION witness.other() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN
      INSERT INTO witness.others SELECT TG_TABLE_NAME, epoch, $process FROM boathook.journal; RETURN NULL; END \$\$;
    CREATE TRIGGER others AFTER DELETE ON boathook.records FOR EACH STATEMENT EXECUTE FUNCTION witness.other();
    -- A follower takes back its own requests, and answers none.
    CREATE TRIGGER others AFTER UPDATE OF answer ON boathook.inbox FOR EACH STATEMENT EXECUTE FUNCTION witness.other();
    DO \$\$ DECLARE name TEXT; BEGIN
      FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'boathook' AND tablename NOT IN ('journal', 'records', 'lease', 'nodes', 'inbox') LOOP
        EXECUTE format('CREATE TRIGGER others AFTER INSERT OR UPDATE OR DELETE ON boathook.%I FOR EACH STATEMENT EXECUTE FUNCTION witness.other()', name);
      END LOOP; END \$\$;
    INSERT INTO witness.terms SELECT epoch, clock_timestamp(), $(cat "$dir/node-$(leader)/process") FROM boathook.journal"
}

start_senders() {
  xtask failover send --folder "$dir" --url "http://127.0.0.1:$front" --secret-file "$dir/secret" --namespace "$namespace" "${services[@]/#/--service=}" \
    --good "$E2E_IMAGE_GOOD_1" --good "$E2E_IMAGE_GOOD_2" --bad "$E2E_IMAGE_CRASH" --bad "$E2E_IMAGE_ABSENT" --every 6000 --until "$dir/no-more" \
    >"$dir/send.log" 2>&1 &
  senders=$!
}

start_watch() {
  xtask failover watch --folder "$dir" --database "host=$dir/database port=$database_port user=boathook dbname=boathook connect_timeout=1" \
    --api "http://$SANDBOX_API/as/admin/" --control "http://$SANDBOX_CONTROL" --ingress "http://$E2E_INGRESS" --domain "$E2E_DOMAIN" \
    --namespace "$namespace" --until "$dir/over" >"$dir/watch.log" 2>&1 &
  watcher=$!
}

# goes_on SINCE: somebody leads, all nodes answer, and a deployment that was accepted since then has succeeded.
goes_on() {
  local number succeeded
  leader >/dev/null || return 1
  for number in "${nodes[@]}"; do curl -fsS -m 5 "http://127.0.0.1:${port[number]}/health" >/dev/null 2>&1 || return 1; done
  succeeded=$(query "SELECT count(*) FROM boathook.deployments WHERE status = 'succeeded' AND accepted_at > '$1'") && [ "$succeeded" -gt 0 ]
}

all_answer() {
  local number
  for number in "${nodes[@]}"; do curl -fsS -m 5 "http://127.0.0.1:${port[number]}/health" || return 1; done
}

# Everything that is watched has to be there to the end.
alive() {
  kill -0 "$senders" 2>/dev/null || fail "the senders ended: $(cat "$dir/send.log")"
  kill -0 "$watcher" 2>/dev/null || fail "the watch ended: $(cat "$dir/watch.log")"
}

# one_fault NUMBER KIND: does it and waits until all goes on.
one_fault() {
  local begun over proof='' others=() number led from=$SECONDS
  leads=$(leader) || fail "nobody leads before fault $1"
  for number in "${nodes[@]}"; do [ "$number" = "$leads" ] || others+=("$number"); done
  follower=${others[RANDOM % ${#others[@]}]}
  led=$(cat "$dir/node-$leads/process")
  begun=$(now)
  "$2"
  over=$(now)
  wait_until "$patience" goes_on "$over" || stuck "$1" "$2"
  printf '{"kind":"%s","begun":"%s","over":"%s","recovered":"%s","led":%s,"proof":"%s"}\n' "${2//_/-}" "$begun" "$over" "$(now)" "$led" "$proof" >>"$dir/faults.jsonl"
  alive
  say "$1 of $count: ${2//_/ }, node $leads led: $((SECONDS - from)) s; ${proof:-NOTHING HAPPENED}"
}

stuck() {
  say "after fault $1 ($2) it does not go on: $(query "SELECT * FROM boathook.lease" 2>&1)"
  tail -n 15 "$dir"/node-*/log "$dir/ended" >&2
  E2E_KEEP=yes
  fail "nothing goes on $patience s after fault $1 ($2)"
}

none_under_way() { [ "$(query "SELECT count(*) FROM boathook.deployments WHERE ended_at IS NULL")" = 0 ]; }

# audited NODE: the last record in its audit log.
audited() { boathook audit show --dir "$dir/node-$1/state/audit" --json | jq -n '[inputs.sequence | numbers] | max // 0'; }

all_audited() {
  local number last
  last=$(query "SELECT max(sequence) FROM boathook.records")
  for number in "${nodes[@]}"; do [ "$(audited "$number")" = "$last" ] || return 1; done
}

# to_lines NAME SQL: rows as JSON lines.
to_lines() { query "SELECT row_to_json(found) FROM ($2) AS found" >"$dir/$1.jsonl"; }

collect() {
  local number code said
  to_lines deployments "SELECT id, deployment_id, status, accepted_at, ended_at, (SELECT count(*) FROM boathook.records
    WHERE deployment = deployments.id AND event::json->>'type' = 'ended') AS ends FROM boathook.deployments ORDER BY accepted_seq"
  to_lines written "SELECT epoch, process, min(sequence) AS first_sequence, max(sequence) AS last_sequence FROM witness.records GROUP BY epoch, process"
  to_lines others "SELECT DISTINCT changed, epoch, process FROM witness.others"
  to_lines terms "SELECT epoch, at, process FROM witness.terms ORDER BY at"
  for number in "${nodes[@]}"; do
    code=0
    said=$(boathook audit verify --dir "$dir/node-$number/state/audit" 2>&1) || code=$?
    boathook audit show --dir "$dir/node-$number/state/audit" --json | jq -nc --arg node "node-$number" --argjson code "$code" --arg said "$said" '
      [inputs.sequence | numbers] as $all
      | {$node, $code, $said, gap_after: (first(range($all | length) | select($all[.] != . + 1)) // null), last_sequence: ($all[-1] // 0)}' >>"$dir/audits.jsonl"
  done
}

prepare
say "seed $seed: $count faults of ${kinds[*]}"
mkdir "$dir/sandbox"
start_sandbox "$dir/sandbox"
make_database
declare -a port link given=("$database_port")
front=''
start_network
configure
for number in "${nodes[@]}"; do
  supervise "$number" 2>>"$dir/supervisors.log" &
  supervisors+=("$!")
done
wait_for "a leader" 60 leader
wait_for "three boathooks" 60 all_answer
place_witness
start_watch
start_senders
wait_for "the first deployments" 120 goes_on 0
printf '{"faults":%s}\n' "$count" >"$dir/asked.jsonl"

RANDOM=$seed
for ((fault = 1; fault <= count; fault++)); do
  one_fault "$fault" "${kinds[RANDOM % ${#kinds[@]}]}"
  # Some moment of a deployment.
  nap $((RANDOM % 3000))
done

touch "$dir/no-more"
wait_for "the senders to end" "$patience" is_over "$senders"
wait "$senders" || fail "a sender failed: $(cat "$dir/send.log")"
wait_for "the last deployments to end" "$patience" none_under_way
wait_for "the audit logs to be complete" "$patience" all_audited
# What the cluster changed last is read each five seconds.
sleep 6
touch "$dir/over"
wait "$watcher" || fail "the watch failed: $(cat "$dir/watch.log")"
for number in "${nodes[@]}"; do signal TERM "$number"; done
wait_for "three boathooks to end" "$patience" all_over
collect
say "seed $seed, $count faults, $SECONDS s"
xtask failover judge "$dir"
