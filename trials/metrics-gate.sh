#!/usr/bin/env bash
# What users notice of a candidate that answers every probe and fails one in five of their requests: it is deployed in stages under requests,
# once without and once with a metric as a gate, asked of a real Prometheus that scrapes the simulated cluster's queue-proxies; and once more
# with VictoriaMetrics. Besides: what each server answers to questions that have no number, and a server that is away.
#   trials/metrics-gate.sh
set -euo pipefail
# shellcheck source=trials/cluster-setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/cluster-setup.sh"
trial_start --sandbox

# need_server PROGRAM PACKAGE: its path, taken out of Debian's package, which is not installed: that would start it.
need_server() {
  local folder=$PWD/target/tools/$2
  if ! have "$1" && [ ! -x "$folder/usr/bin/$1" ]; then
    say "taking $1 out of the package $2, into $folder"
    mkdir -p "$folder"
    as_root apt-get update -qq
    (cd "$folder" && apt-get download -qq "$2" && dpkg-deb -x "$2"_*.deb .)
  fi
  PATH="$PATH:$folder/usr/bin"
}

# The servers scrape each second, so that a trial takes seconds and not minutes.
start_prometheus() {
  printf 'global: {scrape_interval: 1s}\nscrape_configs: [{job_name: queue-proxy, static_configs: [{targets: ["%s"]}]}]\n' "${SANDBOX_CONTROL#http://}" >"$dir/scrape.yaml"
  local port
  port=$(free_port)
  prometheus --config.file="$dir/scrape.yaml" --storage.tsdb.path="$dir/prometheus" --web.listen-address="127.0.0.1:$port" >"$dir/prometheus.log" 2>&1 &
  pids+=("$!")
  prometheus=http://127.0.0.1:$port
  wait_for_start Prometheus "$dir/prometheus.log" curl -fsS "$prometheus/-/ready"
}

start_victoria_metrics() {
  local port
  port=$(free_port)
  victoria-metrics -promscrape.config="$dir/scrape.yaml" -storageDataPath="$dir/victoria" -httpListenAddr="127.0.0.1:$port" >"$dir/victoria.log" 2>&1 &
  pids+=("$!")
  victoria=http://127.0.0.1:$port
  wait_for_start VictoriaMetrics "$dir/victoria.log" curl -fsS "$victoria/health"
}

# gate SERVER: the service's settings; without a server, without the gate.
gate() {
  local metrics='[]' of='namespace_name="{{namespace}}", revision_name="{{revision}}"'
  [ -z "${1:-}" ] || metrics="[{name: errors, max: 0.05, interval: 1s, points: 3, prometheus: {url: '$1', timeout: 1s,
    query: '(sum(rate(revision_app_request_count{$of, response_code_class=\"5xx\"}[5s])) or vector(0)) / sum(rate(revision_app_request_count{$of}[5s]))'}}]"
  trial_settings="{$service: {waits: {verdict: 5s}, health: {path: /healthz, metrics: $metrics}}}"
}

# measure WHAT OUTCOME: how many users' requests failed, in `failed`. Deploys the bad image blue-green under requests; prints what users got.
measure() {
  users "$dir/users"
  deploy production "$E2E_IMAGE_BAD" --strategy blue-green
  # What it leaves serving, users get from then on.
  sleep 5
  stop_users
  printf '%s: %s after %s s\n  reason: %s\n  metrics: %s\n  %s, now: %s\n' "$1" "$(field .status)" "$(took)" "$(field .reason)" \
    "$(jq -c '.metrics // empty' <<<"$answer")" "$(awk '{ asked++; failed += $2 != 200 } END { printf "%d of %d user requests failed (%.1f %%)", failed, asked, 100 * failed / asked }' "$dir/users")" "$(shares)"
  judged=$(field .id)
  failed=$(grep -cv ' 200$' "$dir/users" || true)
  [ "$(field .status)" = "$2" ] || complain "the end is not $2"
  is_whole || complain "traffic is not whole"
  # The next one begins on a good revision.
  if [ "$2" = succeeded ]; then
    gate
    trial_arrange
    deploy production "$E2E_IMAGE_GOOD_1"
  fi
}

took() { boathook show "$(field .id)" --json | jq '((.ended_at | sub("\\..*Z$"; "Z") | fromdate) - (.accepted_at | sub("\\..*Z$"; "Z") | fromdate))'; }

complain() {
  status=1
  printf 'BAD %s\n' "$*"
}

# said SERVER QUERY: what `boathook check` says of a metric with this query there.
said() {
  trial_settings="{$service: {health: {metrics: [{name: it, max: 1, prometheus: {url: '$1', query: '$2', timeout: 1s}}]}}}"
  trial_config
  boathook check --config "$dir/config" --environment production --json 2>/dev/null | jq -r '.findings[] | select(.check == "metrics") | "\(.severity): \(.seen)"' |
    sed "s,$1,SERVER," || true
}

# expect SERVER QUERY WORDS: that the answer has them.
expect() {
  local answer
  answer=$(said "$1" "$2")
  printf '  %-34s %s\n' "$2" "$answer"
  case $answer in *"$3"*) ;; *) complain "expected: $3" ;; esac
}

dialect() {
  printf '%s answers:\n' "$1"
  expect "$2" '1 / 4' 'answers 0.25'
  expect "$2" 'vector(7)' 'answers 7'
  expect "$2" '0 / 0' 'reads the query'
  expect "$2" 'no_such_metric' 'reads the query'
  # Prometheus keeps NaN, which is no value; VictoriaMetrics takes it for nothing.
  expect "$2" 'vector(0) / 0 or vector(0)' "$3"
  expect "$2" '0 / (vector(0) > 0) or vector(0)' 'answers 0'
  expect "$2" 'sum(' 'the server answered 4'
  expect "$2/elsewhere" '1' 'warning'
}

status=0
need_server prometheus prometheus
need_server victoria-metrics victoria-metrics
trial_begin GOOD_1 BAD=errors-but:/healthz:20
gate
trial_config
serve
start_prometheus
start_victoria_metrics
deploy development "$E2E_IMAGE_GOOD_1"
is_whole || fail "the first deployment: $(field .reason)"
gated=()
for server in "$prometheus" "$victoria"; do
  gate "$server"
  trial_arrange
  measure "with the gate ($([ "$server" = "$prometheus" ] && echo Prometheus || echo VictoriaMetrics))" rolled_back
  gated+=("$failed")
done
gate "http://127.0.0.1:$(free_port)"
trial_arrange
measure "with a gate whose server is away" succeeded
boathook show "$judged" | grep 'not judged' || complain "no note that nothing was judged"
measure "without the gate" succeeded
for with in "${gated[@]}"; do [ "$with" -lt "$failed" ] || complain "$with users' requests failed with the gate, and $failed without it"; done
dialect Prometheus "$prometheus" 'reads the query'
dialect VictoriaMetrics "$victoria" 'answers 0'
exit "$status"
