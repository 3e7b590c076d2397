#!/usr/bin/env bash
# Measures boathook beside what people use instead, on this machine; docs/performance.md says how to read it. Each part prints a few rows of a table.
#   benches/measure.sh [PART...]     refuse accept overhead reaction memory start scaling idle deployments postgres (all of them)
# BENCH_SECONDS   how long each load lasts (5)
# BENCH_ROUNDS    how often what is compared is measured in turn (5)
# BENCH_RUNNING   limits of deployments at once that `scaling` tries ("1 2 4 8 16")
# BENCH_HISTORY   deployments of a long history (100000)
# BENCH_PROGRAM   what is measured, in place of a build for this machine: such as the static program that scripts/release.sh packs
# BENCH_BASE      an older program, which `deployments` measures in turn with this one
# BENCH_BASE_CONFIG   its default.yaml (that of the checkout in which it was built)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/install-tools.sh
. "$here/scripts/install-tools.sh"
# shellcheck source=scripts/sandbox-and-handler.sh
. "$here/scripts/sandbox-and-handler.sh"
# shellcheck source=benches/deployments.sh
. "$here/benches/deployments.sh"
# shellcheck source=benches/postgres.sh
. "$here/benches/postgres.sh"
cd "$here"
seconds=${BENCH_SECONDS:-5} rounds=${BENCH_ROUNDS:-5} history=${BENCH_HISTORY:-100000}
if [ $# -gt 0 ]; then parts=("$@"); else parts=(refuse accept overhead reaction memory start scaling idle deployments postgres); fi
dir=$(mktemp -d)
trap 'stop_all; rm -rf "$dir"' EXIT
image=ghcr.io/your-org/game-2048
# Variables that make a disk slow.
slowing=()

tools() {
  need_curl
  have jq || need_packages jq
  have wrk || need_packages wrk
  have webhook || need_packages webhook
  need_c_compiler
  need_rust "$here"
  need_kubectl "$here/target/tools"
  say "building"
  if [ -z "${BENCH_PROGRAM:-}" ]; then cargo build --locked --release --quiet; fi
  # What measures is built apart, so that what is measured is what is released.
  CARGO_TARGET_DIR=target/measure cargo build --locked --quiet --profile bench --package xtask
  # Apart too: one build of both would give the program what only the sandbox needs of their dependencies.
  cargo build --locked --release --quiet --package boathook-sandbox
  program=${BENCH_PROGRAM:-$(build_folder "$here" release)/boathook}
  [ -x "$program" ] || fail "$program is no program: look at BENCH_PROGRAM"
  xtask=$here/target/measure/release/xtask
  mkdir -p "$dir/bin"
  ln -s "$program" "$dir/bin/boathook"
  ln -s "$(build_folder "$here" release)/boathook-sandbox" "$dir/bin/boathook-sandbox"
  PATH="$dir/bin:$PATH"
}

row() { printf '| %s | %s |\n' "$1" "$2"; }
median() { sort -g | awk '{ all[NR] = $1 } END { print NR % 2 ? all[(NR + 1) / 2] : (all[NR / 2] + all[NR / 2 + 1]) / 2 }'; }
of() { jq -r "$2" <<<"$1"; }
rounded() { printf "%.${2}f" "$1"; }
divided() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.4f", a / b }'; }

# resident PID: MiB of memory that are its own.
resident() { awk '/^VmRSS/ { printf "%.1f", $2 / 1024 }' "/proc/$1/status"; }
# ticks PID: hundredths of a second that it has computed, and that the programs have which it ran and that ended.
ticks() { awk '{ sub(/.*\) /, ""); print $12 + $13, $14 + $15 }' "/proc/$1/stat"; }

# settings: the shipped default.yaml with room for what is measured, and one environment with many services.
settings() {
  mkdir -p "$dir/config" "$dir/manifests"
  (umask 077 && head -c 32 /dev/urandom | base64 >"$dir/secret")
  sed -e 's/requests_per_minute: 240/requests_per_minute: 4000000000/' -e 's/  queued: 100$/  queued: 100000/' -e 's/keep_count: 10000$/keep_count: 10000000/' \
    "${shipped:-config/default.yaml}" >"$dir/config/default.yaml"
  cat >"$dir/config/development.yaml" <<YAML
secrets: [{id: bench, file: $dir/secret}]
manifests: $dir/manifests
allow: {images: ["ghcr.io/*/*"], namespaces: [bench], services: ["*"]}
traffic: {stages: {rolling: [{percent: 100, hold: ${hold:-0s}}]}}
health: {delay: 0s, interval: 100ms, min_samples: 1}
url: {scheme: http, domain: ${SANDBOX_DOMAIN:-sandbox.test}, ingress_address: "${SANDBOX_INGRESS:-127.0.0.1:1}"}
YAML
}

# manifests N: the namespace and N services.
manifests() {
  printf 'apiVersion: v1\nkind: Namespace\nmetadata: {name: bench}\n' >"$dir/manifests/00-namespace.yaml"
  local number
  for ((number = 0; number < $1; number++)); do
    cat <<YAML
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: bench-$number, namespace: bench}
spec:
  template:
    spec:
      enableServiceLinks: false
      containers: [{image: "$image:v1", ports: [{containerPort: 8080}]}]
YAML
  done >"$dir/manifests/10-services.yaml"
}

# a_sandbox: one cluster for all parts that deploy.
a_sandbox() {
  if [ -n "${SANDBOX_CONTROL:-}" ]; then return; fi
  mkdir -p "$dir/sandbox"
  start_sandbox "$dir/sandbox"
}

# begin [VARIABLE=VALUE...]: a handler with these variables, on a fresh record unless `kept` says otherwise; its id in `handler`.
begin() {
  [ "${kept:-no}" = yes ] || rm -rf "$dir/state"
  address=127.0.0.1:$(free_port)
  export BOATHOOK_SOCKET=$dir/boathook.sock
  env BOATHOOK__SERVER__LISTEN="$address" BOATHOOK__SERVER__PUBLIC_URL="http://$address" BOATHOOK__OPERATOR__SOCKET="$BOATHOOK_SOCKET" \
    BOATHOOK__STATE__DIRECTORY="$dir/state" BOATHOOK__TOOLS__KUBECONFIG="${KUBECONFIG:-null}" BOATHOOK__TOOLS__PATH="$PATH" "$@" \
    "${serving:-boathook}" serve --config "$dir/config" >>"$dir/handler.log" 2>&1 &
  handler=$!
  pids+=("$handler")
  wait_for_start "the handler" "$dir/handler.log" curl -fsS "http://$address/health"
}

# end [SIGNAL]
end() {
  kill "-${1:-TERM}" "$handler"
  wait "$handler" 2>/dev/null || true
}

accept() { "$xtask" measure accept --url "http://$address" --secret-file "$dir/secret" --image "$image:${tag:-v1}" "$@"; }

# begin_occupied [VARIABLE=VALUE...]: a handler whose only worker is taken by a deployment whose programs hang, so that what is measured is the way in.
begin_occupied() {
  manifests 1
  begin BOATHOOK__TOOLS__KUBECTL='[sh, -c, "exec sleep 1000"]' BOATHOOK__SCHEDULER__RUNNING=1 "$@"
  wait_for "the lead" 30 leads
  accept --clients 1 --count 1 --services 2 >/dev/null
}

leads() { boathook nodes | grep -q ' leads'; }

bench_refuse() {
  local round name url figure odd bare_port webhook_port
  bare_port=$(free_port) webhook_port=$(free_port)
  begin
  "$xtask" bare "$bare_port" & pids+=("$!")
  cat >"$dir/hooks.json" <<'JSON'
[{"id": "deploy", "execute-command": "/bin/true", "http-methods": ["POST"], "trigger-rule-mismatch-http-response-code": 401,
  "trigger-rule": {"match": {"type": "payload-hmac-sha256", "secret": "0123456789abcdef0123456789abcdef",
                             "parameter": {"source": "header", "name": "X-Signature-SHA256"}}}}]
JSON
  webhook -hooks "$dir/hooks.json" -ip 127.0.0.1 -port "$webhook_port" >"$dir/webhook.log" 2>&1 & pids+=("$!")
  local -A urls=([bare]=127.0.0.1:$bare_port/webhook/deploy [boathook]=$address/webhook/deploy [webhook]=127.0.0.1:$webhook_port/hooks/deploy)
  for ((round = 0; round < rounds; round++)); do
    for name in bare boathook webhook; do
      url=${urls[$name]}
      read -r _ figure odd < <(wrk -t1 -c32 -d"${seconds}s" -s benches/refuse.lua "http://$url" | tail -n 1)
      # adnanh/webhook answers 200 where its rule does not match, whatever its settings say.
      [ "$odd" -eq 0 ] || [ "$name" = webhook ] || fail "$odd answers of $name were no refusals"
      echo "$figure" >>"$dir/refuse.$name"
    done
  done
  row "refusals: bare actix-web, boathook, adnanh/webhook (1/s, medians of $rounds)" \
    "$(median <"$dir/refuse.bare"), $(median <"$dir/refuse.boathook"), $(median <"$dir/refuse.webhook")"
  row "boathook / bare actix-web (median, least and most of $rounds)" "$(ratios "$dir/refuse.boathook" "$dir/refuse.bare")"
  row "boathook / adnanh/webhook" "$(ratios "$dir/refuse.boathook" "$dir/refuse.webhook")"
  end
}

# ratios ONE OTHER: line by line, because what is measured in turn has the same noise.
ratios() {
  paste "$1" "$2" | awk '{ printf "%.3f\n", $1 / $2 }' | sort -g |
    awk '{ all[NR] = $1 } END { printf "%.2f (%.2f to %.2f)\n", all[int((NR + 1) / 2)], all[1], all[NR] }'
}

# accept_beside_disk WORDS: the same, said with these words.
accept_beside_disk() {
  local round disk accepted lost
  rm -f "$dir"/accept.*
  for ((round = 0; round < rounds; round++)); do
    begin_occupied "${slowing[@]}"
    disk=$(env "${slowing[@]}" "$xtask" measure disk "$dir" --seconds 2)
    accepted=$(accept --seconds "$seconds" --services 1000)
    [ "$(of "$accepted" .refused)" -eq 0 ] || fail "some were refused"
    of "$disk" .per_second >>"$dir/accept.disk"
    of "$accepted" .per_second >>"$dir/accept.accepted"
    of "$accepted" .p99_ms >>"$dir/accept.p99"
    # The same, with the end that nobody plans.
    accept --seconds 60 --services 1000 --accepted "$dir/accepted" --until-killed >/dev/null &
    local sender=$!
    sleep 1
    end KILL
    wait "$sender"
    lost=$("$xtask" measure lost "$dir/state/journal.db" "$dir/accepted")
    of "$lost" .lost >>"$dir/accept.lost"
    of "$lost" .accepted >>"$dir/accept.killed"
  done
  row "accepted with 64 clients, fdatasync of $1 (1/s, medians of $rounds)" \
    "$(rounded "$(median <"$dir/accept.accepted")" 0), $(rounded "$(median <"$dir/accept.disk")" 0)"
  row "accepted / fdatasync" "$(ratios "$dir/accept.accepted" "$dir/accept.disk")"
  row "p99 of an acceptance (ms)" "$(rounded "$(median <"$dir/accept.p99")" 1)"
  row "lost after kill -9 in the middle of it, of so many accepted" \
    "$(awk '{ sum += $1 } END { print sum }' "$dir/accept.lost") of $(awk '{ sum += $1 } END { print sum }' "$dir/accept.killed")"
}

# This disk as it is, and as if each fdatasync took a while, as without a cache that survives a power cut.
bench_accept() {
  accept_beside_disk "this disk"
  slow_library
  slowing=(LD_PRELOAD="$dir/slow.so" SLOW_SYNC_MS=2)
  accept_beside_disk "a disk that takes 2 ms longer"
  slowing=()
}

# slow_library: makes each fdatasync of a program take SLOW_SYNC_MS longer.
slow_library() {
  cc -shared -fPIC -O2 -o "$dir/slow.so" -x c - -ldl <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
static int slow(const char *name, int fd) {
  long ms = atol(getenv("SLOW_SYNC_MS"));
  nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
  return ((int (*)(int))dlsym(RTLD_NEXT, name))(fd);
}
int fdatasync(int fd) { return slow("fdatasync", fd); }
int fsync(int fd) { return slow("fsync", fd); }
C
}

bench_overhead() {
  local round tag
  a_sandbox
  manifests 2
  settings
  begin
  # Both services are there before, and one of them becomes the script's.
  accept --clients 1 --count 2 --services 2 --wait 60 >/dev/null
  for ((round = 0; round < rounds * 2; round++)); do
    tag=v$((round % 2 + 1))
    of "$(accept --clients 1 --count 1 --services 2 --wait 60)" .p50_ms >>"$dir/overhead.boathook"
    benches/deploy-by-script.sh bench bench-1 "$dir/manifests/00-namespace.yaml" "$image:$tag" >>"$dir/overhead.script"
  done
  row "one deployment, rolling, no delay: boathook, a script with the same commands (ms, medians of $((rounds * 2)))" \
    "$(rounded "$(median <"$dir/overhead.boathook")" 0), $(rounded "$(median <"$dir/overhead.script")" 0)"
  row "boathook / script" "$(ratios "$dir/overhead.boathook" "$dir/overhead.script")"
  local id
  id=$(boathook list --json --limit 1 | jq -r '.[0].id')
  row "programs that it ran: kubectl, crictl" \
    "$(boathook commands "$id" --json | jq -r '[.[].event | select(.type == "command_started") | .argv[0]] | "\(map(select(. == "kubectl")) | length), \(map(select(. == "crictl")) | length)"')"
  end
}

bench_reaction() { (unset "${!SANDBOX_@}" "${!BOATHOOK_@}" && E2E_BOATHOOK=$program benches/reaction-times.sh --sandbox "$rounds" 2>/dev/null); }

bench_memory() {
  local sent readers id
  begin
  row "memory: after the start (MiB)" "$(resident "$handler")"
  for ((sent = 0; sent < 200000; )); do
    sent=$((sent + $(wrk -t1 -c32 -d5s -s benches/refuse.lua "http://$address/webhook/deploy" | awk '/requests in/ { print $1 }')))
  done
  row "memory: after $sent refusals (MiB)" "$(resident "$handler")"
  end
  begin_occupied
  id=$(boathook list --json --limit 1 | jq -r '.[0].id')
  mkfifo "$dir/stay"
  "$xtask" measure readers --socket "$BOATHOOK_SOCKET" "/v1/deployments/$id/events" <"$dir/stay" >"$dir/readers" & readers=$!
  exec 9>"$dir/stay"
  wait_for "a thousand readers" 60 grep -q reading "$dir/readers"
  row "memory: with 1,000 readers of events (MiB)" "$(resident "$handler")"
  exec 9>&-
  wait "$readers"
  end
  a_sandbox
  manifests 208
  settings
  begin BOATHOOK__SCHEDULER__RUNNING=8
  # A first deployment has nothing to hold beside: the eight are there before.
  accept --clients 8 --count 8 --services 208 --seconds 120 --wait 120 >/dev/null
  end
  hold=20m settings
  kept=yes begin BOATHOOK__SCHEDULER__RUNNING=8
  tag=v2 accept --clients 1 --count 208 --services 208 --seconds 60 >/dev/null
  wait_for "eight deployments that hold" 300 eight_hold
  row "memory: 8 running, 200 queued (MiB, without programs)" "$(resident "$handler")"
  row "memory: the programs that it runs meanwhile (count, MiB)" "$(children "$handler")"
  end KILL
  settings
}

eight_hold() { [ "$("${serving:-boathook}" list --json --limit 500 --status deploying | jq -r '.[] | .id // .job' | while read -r id; do "${serving:-boathook}" show "$id" --json; done | jq -s '[.[] | select(any(.steps[]; .step == "hold" and .status == "running"))] | length')" -eq 8 ]; }

children() {
  local pid kib=0 count=0
  for pid in $(pgrep -P "$1"); do
    kib=$((kib + $(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status" 2>/dev/null || echo 0))) count=$((count + 1))
  done
  echo "$count, $((kib / 1024))"
}

bench_start() {
  fill_history
  measure_history
  rm -rf "$dir/state"
}

# fill_history: a record of BENCH_HISTORY deployments in the state directory.
fill_history() {
  local measured
  a_sandbox
  manifests 2
  settings
  begin
  accept --clients 1 --count 1 --services 2 --wait 60 >/dev/null
  end
  measured=$("$xtask" measure fill "$dir/state/journal.db" --count "$history")
  row "history: deployments, records of each, size (MiB)" "$(of "$measured" '"\(.deployments), \(.records_each)"'), $(du -sm "$dir/state/journal.db" | cut -f 1)"
}

# measure_history [VARIABLE=VALUE...]: the start and the questions on the record that there is, with these variables.
measure_history() {
  local measured id kept=yes
  # The audit log writes what it missed, once, and is left to do so.
  begin "$@"
  wait_for "the audit log" 600 audit_is_whole
  end
  measured=$("$xtask" measure start --listen "127.0.0.1:$(free_port)" --count "$((rounds * 2))" -- env BOATHOOK__OPERATOR__SOCKET="$dir/boathook.sock" \
    BOATHOOK__STATE__DIRECTORY="$dir/state" BOATHOOK__TOOLS__KUBECONFIG="$KUBECONFIG" BOATHOOK__TOOLS__PATH="$PATH" \
    "$@" boathook serve --config "$dir/config")
  row "from the start of the process to an answer (ms: median, most)" "$(of "$measured" '"\(.p50_ms | round), \(.max_ms | round)"')"
  begin "$@"
  id=$(boathook list --json --limit 1 | jq -r '.[0].id')
  asked "list" "/v1/deployments"
  asked "list of a service" "/v1/deployments?service=bench-7"
  asked "list of those that succeeded" "/v1/deployments?status=succeeded"
  asked "list of an environment" "/v1/deployments?environment=development"
  asked "show" "/v1/deployments/$id"
  asked "show by the sender's id" "/v1/deployments/filled-$((history / 2))"
  asked "dashboard" "/"
  asked "secrets" "/v1/secrets"
  end
}

audit_is_whole() { [ "$(jq .sequence "$dir/state/audit/head.json")" -eq "$(boathook commands "$(boathook list --json --limit 1 | jq -r '.[0].id')" --json | jq 'last.sequence')" ]; }

# asked WORDS PATH
asked() {
  local measured
  measured=$("$xtask" measure ask --socket "$BOATHOOK_SOCKET" "$2")
  row "$1 (ms: median, p99)" "$(of "$measured" '"\(.p50_ms * 100 | round / 100), \(.p99_ms * 100 | round / 100)"')"
}

bench_scaling() {
  local running before after measured count=48
  a_sandbox
  manifests 16
  settings
  for running in ${BENCH_RUNNING:-1 2 4 8 16}; do
    begin BOATHOOK__SCHEDULER__RUNNING="$running"
    tag=v1 accept --clients 16 --count 16 --services 16 --wait 300 >/dev/null
    before=$(ticks "$handler")
    measured=$(tag=v2 accept --clients 16 --count "$count" --services 16 --wait 300 --seconds 300)
    [ "$(of "$measured" .count)" -eq "$count" ] || fail "not all deployments succeeded: see $dir/handler.log"
    after=$(ticks "$handler")
    row "$running at once: deployments a minute; CPU of each in boathook, in its programs (ms); boathook's share" \
      "$(awk -v b="$before" -v a="$after" -v n="$count" -v per_second="$(of "$measured" .per_second)" '
        BEGIN { split(b, x, " "); split(a, y, " "); own = (y[1] - x[1]) * 10 / n; theirs = (y[2] - x[2]) * 10 / n
                printf "%.1f; %.0f, %.0f; %.1f %%\n", per_second * 60, own, theirs, 100 * own / (own + theirs) }')"
    end
  done
}

bench_idle() {
  local before after
  begin
  sleep 5
  before=$(ticks "$handler")
  sleep 60
  after=$(ticks "$handler")
  row "idle: CPU in 60 s (% of a core)" "$(awk -v b="$before" -v a="$after" 'BEGIN { split(b, x, " "); split(a, y, " "); printf "%.3f\n", (y[1] - x[1]) / 60 }')"
  row "size of the program, stripped (MB)" "$(stat -c %s "$program" | awk '{ printf "%.1f\n", $1 / 1e6 }')"
  end
}

tools
settings
printf '| measured on %s cores, %s | |\n|---|---|\n' "$(nproc)" "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)"
for part in "${parts[@]}"; do
  say "$part"
  "bench_$part"
done
