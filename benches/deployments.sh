# shellcheck shell=bash
# The part `deployments` of measure.sh, which sources this: what deployments cost a node, beside an older program where BENCH_BASE names one.
# Both deploy to the same simulated cluster, in turn within each round.
# shellcheck disable=SC2154 # dir, xtask, handler and rounds are measure.sh's
# shellcheck disable=SC2034 # measure.sh reads `shipped`

# As many deployments one after the other in a round, and as many of 16 services, 8 at once.
readonly in_sequence=12 at_once=48

# costs PID: hundredths of a second that it has computed itself, and that its programs have: those that ended and those that run.
costs() {
  local own ended running=0 pid
  read -r own ended < <(ticks "$1")
  for pid in $(pgrep -P "$1"); do
    running=$((running + $(awk '{ sub(/.*\) /, ""); print $12 + $13 + $14 + $15 }' "/proc/$pid/stat" 2>/dev/null || echo 0)))
  done
  echo "$own $((ended + running))"
}

# spent BEFORE AFTER COUNT: milliseconds of each of so many deployments, its own and its programs'.
spent() { awk -v b="$1" -v a="$2" -v n="$3" 'BEGIN { split(b, x, " "); split(a, y, " "); printf "%.2f %.2f\n", (y[1] - x[1]) * 10 / n, (y[2] - x[2]) * 10 / n }'; }

# found WHAT FIGURE: one more sample of the program that is measured.
found() { echo "$2" >>"$dir/deployments.$who.$1"; }

records_of() { "$serving" commands "$1" --json 2>/dev/null || "$serving" logs "$1" --json; }

# reactions: of each of the newest deployments, the milliseconds from Ready in the cluster to the patch on record, which is there before kubectl starts.
reactions() {
  local id
  echo '[]' >"$dir/no-pods.json"
  boathook-sandbox changes ksvc | jq -s . >"$dir/service.json"
  for id in $("$serving" list --json --limit "$in_sequence" | jq -r '.[] | .id // .job'); do
    records_of "$id" >"$dir/records.json"
    "$xtask" reaction-times --kind ready --records "$dir/records.json" --service "$dir/service.json" --pods "$dir/no-pods.json" | cut -f 2
  done
}

# programs_of_one: how often the newest deployment ran kubectl, and crictl.
programs_of_one() {
  records_of "$("$serving" list --json --limit 1 | jq -r '.[0] | .id // .job')" |
    jq -r '[.[].event | select(.type == "command_started") | .argv[0]] | "\(map(select(. == "kubectl")) | length) \(map(select(. == "crictl")) | length)"'
}

one_after_the_other() {
  local before measured own programs kubectl crictl
  before=$(costs "$handler")
  measured=$(tag=v2 accept --clients 1 --count "$in_sequence" --services 16 --wait 120 --seconds 600)
  [ "$(of "$measured" .count)" -eq "$in_sequence" ] || fail "not all deployments succeeded: see $dir/handler.log"
  read -r own programs < <(spent "$before" "$(costs "$handler")" "$in_sequence")
  found wall "$(of "$measured" .p50_ms)"
  found alone "$own"
  found programs "$programs"
  read -r kubectl crictl < <(programs_of_one)
  found kubectl "$kubectl"
  found crictl "$crictl"
  reactions >>"$dir/deployments.$who.reaction"
}

eight_at_once() {
  local before measured own programs
  before=$(costs "$handler")
  measured=$(tag=v1 accept --clients 16 --count "$at_once" --services 16 --wait 300 --seconds 600)
  [ "$(of "$measured" .count)" -eq "$at_once" ] || fail "not all deployments succeeded: see $dir/handler.log"
  read -r own programs < <(spent "$before" "$(costs "$handler")" "$at_once")
  found own "$own"
  found beside "$programs"
  found minute "$(of "$measured" '.per_second * 60')"
}

# The services are there before: what holds is no first deployment. Of the queued ones none runs.
eight_held() {
  local count mib
  manifests 208
  hold=20m settings
  begin BOATHOOK__SCHEDULER__RUNNING=8
  tag=v2 accept --clients 1 --count 208 --services 208 --seconds 60 >/dev/null
  wait_for "eight deployments that hold" 300 eight_hold
  found queued "$(resident "$handler")"
  IFS=', ' read -r count mib < <(children "$handler")
  found held_count "$count"
  found held "$mib"
  end
}

# one_round WHO: a round of the program `serving`, with the defaults in `shipped`.
one_round() {
  who=$1
  manifests 16
  settings
  begin BOATHOOK__SCHEDULER__RUNNING=8
  sleep 2
  found start "$(resident "$handler")"
  tag=v1 accept --clients 16 --count 16 --services 16 --wait 300 --seconds 600 >/dev/null
  one_after_the_other
  eight_at_once
  end
  eight_held
}

# deployments_row WHAT FIGURE [DIGITS]: the medians, side by side.
deployments_row() { side_by_side "$1" "$(median <"$dir/deployments.this.$2")" "$(older_median "$2")" "${3:-0}"; }
older_median() { if [ -n "${BENCH_BASE:-}" ]; then median <"$dir/deployments.older.$1"; fi; }

# side_by_side WHAT THIS OLDER DIGITS
side_by_side() {
  if [ -z "$3" ]; then row "$1" "$(rounded "$2" "$4")"; return; fi
  printf '| %s | %s | %s | %s |\n' "$1" "$(rounded "$3" "$4")" "$(rounded "$2" "$4")" "$(awk -v a="$2" -v b="$3" 'BEGIN { if (b > 0) printf "%.2f", a / b; else print "-" }')"
}

# p99 WHO: nearest rank.
p99() { sort -n "$dir/deployments.$1.reaction" | awk '{ all[NR] = $1 } END { rank = int(.99 * NR); if (rank < .99 * NR) rank++; print all[rank] }'; }

bench_deployments() {
  local round who serving shipped older_config=${BENCH_BASE_CONFIG:-}
  if [ -n "${BENCH_BASE:-}" ]; then
    : "${older_config:=$(dirname "$BENCH_BASE")/../../config/default.yaml}"
    if [ ! -x "$BENCH_BASE" ] || [ ! -f "$older_config" ]; then fail "BENCH_BASE has to be a program, and BENCH_BASE_CONFIG its default.yaml ($older_config)"; fi
    printf '| in turn, %s rounds | %s | this | this / older |\n|---|---|---|---|\n' "$rounds" "older"
  fi
  a_sandbox
  rm -f "$dir"/deployments.*
  for ((round = 1; round <= rounds; round++)); do
    say "round $round of $rounds"
    if [ -n "${BENCH_BASE:-}" ]; then serving=$BENCH_BASE shipped=$older_config one_round older; fi
    serving=boathook shipped=config/default.yaml one_round this
  done
  serving=boathook shipped=config/default.yaml settings
  deployments_row "one rolling deployment, no hold: CPU of its programs (ms)" programs
  deployments_row "kubectl starts in it" kubectl
  deployments_row "crictl starts in it" crictl
  deployments_row "its wall time (ms)" wall
  deployments_row "CPU of boathook itself in it (ms)" alone 1
  deployments_row "memory of the programs of 8 deployments that hold (MiB)" held
  deployments_row "how many programs those are" held_count
  deployments_row "8 at once, 16 services: deployments a minute" minute 1
  deployments_row "8 at once: CPU of boathook itself in each (ms)" own 1
  deployments_row "8 at once: CPU of its programs in each (ms)" beside
  deployments_row "ready until the patch of traffic begins: median (ms)" reaction
  side_by_side "ready until the patch of traffic begins: p99 of $(wc -l <"$dir/deployments.this.reaction") (ms)" "$(p99 this)" \
    "$(if [ -n "${BENCH_BASE:-}" ]; then p99 older; fi)" 0
  deployments_row "memory of boathook after the start (MiB)" start 1
  deployments_row "memory of boathook, 8 hold and 200 wait (MiB)" queued 1
}
