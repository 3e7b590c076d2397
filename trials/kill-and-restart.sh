#!/usr/bin/env bash
# SIGKILLs the handler at random moments of rollouts, each followed by a new start, and in every second round its `kubectl proxy` before it, and
# looks at what is left: every deployment has exactly one end, one revision serves everybody, no deployment made a second revision, no program is left behind, and the audit log is whole, with
# one line for each record.
#   trials/kill-and-restart.sh [--sandbox] [N]    N times (100), against the cluster that E2E_DOMAIN, KUBECONFIG and so on name (see the
#                                                 head of trials/cluster-setup.sh), or with --sandbox a simulated one that it starts
set -euo pipefail
# shellcheck source=trials/cluster-setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/cluster-setup.sh"
count=100
trial_start "$@"
# From the last start to the next SIGKILL, at most: a rollout takes longer, so that most are hit, some more than once.
within_ms=1600

quick_holds() {
  sed -i -e 's/^traffic: .*/traffic: {stages: {rolling: [{percent: 100, hold: 500ms}], blue-green: [{percent: 10, hold: 500ms}, {percent: 100, hold: 500ms}]}}/' \
    -e 's/^health: .*/health: {delay: 0s, interval: 100ms, min_samples: 3}/' "$dir"/config/*.yaml
}

# accept IMAGE STRATEGY: sends without following; the answer is 202 or there is nothing to count.
accept() {
  deploy development "$1" --strategy "$2" --no-follow
  # shellcheck disable=SC2154 # set by `deploy`
  [ "$exit" -eq 0 ] || fail "a deployment was not accepted: see $dir/send.log"
}

listed() { boathook list --json --limit 500; }
open_ones() { listed | jq '[.[] | select(.ended_at == null)] | length'; }
all_ended() { [ "$(open_ones)" -eq 0 ]; }

# What the handler was doing, in one word, from the record.
doing() {
  local id
  id=$(listed | jq -r '[.[] | select(.ended_at == null)] | last.id // empty')
  if [ -z "$id" ]; then echo nothing; else
    boathook commands "$id" --json | jq -r '[.[].event | select(.type == "step_started") | .step] | last // "planning"'
  fi
}

# Programs that the handler started and that are still there: they carry the place of its state.
programs() {
  local process
  for process in /proc/[0-9]*; do
    grep -Eqs '^(kubectl|crictl)' "$process/comm" && grep -qsz "=$dir/state" "$process/environ" && echo "$process"
  done
  true
}

# Those of them through which a handler reads the cluster.
proxies() {
  local process
  for process in $(programs); do
    tr '\0' ' ' <"$process/cmdline" 2>/dev/null | grep -q ' proxy --unix-socket=' && echo "${process#/proc/}"
  done
  true
}

kill_proxy() {
  local process
  for process in $(proxies); do
    kill -KILL "$process" 2>/dev/null && proxies_killed=$((proxies_killed + 1))
  done
  true
}

# nap MILLISECONDS
nap() { sleep "$(($1 / 1000)).$(printf '%03d' $(($1 % 1000)))"; }

complain() {
  bad=$((bad + 1))
  printf 'BAD %s\n' "$*"
}

trial_begin GOOD_1 GOOD_2 CRASH
quick_holds
serve
deploy development "$E2E_IMAGE_GOOD_1"
is_whole || fail "the first deployment: $(field .reason)"

images=("$E2E_IMAGE_GOOD_2" "$E2E_IMAGE_CRASH" "$E2E_IMAGE_GOOD_1" "$E2E_IMAGE_CRASH")
strategies=(rolling blue-green blue-green)
accepted=1 moments=$dir/moments bad=0 proxies_killed=0
for ((kill = 0; kill < count; kill++)); do
  if all_ended; then
    accept "${images[accepted % 4]}" "${strategies[accepted % 3]}"
    accepted=$((accepted + 1))
  fi
  moment=$((RANDOM % within_ms))
  if ((kill % 2)); then
    before=$((moment > 0 ? RANDOM % moment : 0))
    nap "$before"
    kill_proxy
    moment=$((moment - before))
  fi
  nap "$moment"
  doing >>"$moments"
  halt KILL
  serve
done
wait_for "the last deployments to end" 180 all_ended

list=$(listed)
[ "$(jq length <<<"$list")" -eq "$accepted" ] || complain "$accepted accepted, $(jq length <<<"$list") recorded"
while read -r id; do
  ends=$(boathook commands "$id" --json | jq '[.[] | select(.event.type == "ended")] | length')
  [ "$ends" -eq 1 ] || complain "$id has $ends ends"
  boathook commands "$id" --json | jq -e '[.[].sequence] | . == (unique | sort)' >/dev/null || complain "$id: records out of order"
  made=$(kubectl get revisions -n "$namespace" -l "boathook.dev/deployment=$id" -o name | wc -l)
  [ "$made" -le 1 ] || complain "$id made $made revisions"
done < <(jq -r '.[].id' <<<"$list")
is_whole || complain "traffic is not whole: $(shares)"
# those FILTER: the deployments of which this holds; `crash` is whether its image crashes at start.
those() { jq -c --arg image "$E2E_IMAGE_CRASH" "def crash: .image == \$image; [.[] | select($1) | {id, image, status, reason}]" <<<"$list"; }
failed=$(those '.status != "succeeded" and (crash | not)')
[ "$failed" = "[]" ] || complain "a good image did not succeed: $failed"
[ "$(those '.status == "succeeded" and crash')" = "[]" ] || complain "a crashing image succeeded"
boathook audit verify --dir "$dir/state/audit" || complain "the audit log is not whole"
boathook audit show --dir "$dir/state/audit" --json | jq -se '[.[].sequence | numbers] | length > 0 and . == [range(1; length + 1)]' >/dev/null ||
  complain "the audit log has not one line for each record, in order"
# The proxy of a killed handler is ended by the next handler; that one's ends with it.
[ "$(proxies | wc -l)" -le 1 ] || complain "more than one proxy: $(proxies | xargs)"
none_behind() { [ -z "$(programs)" ]; }
halt TERM
wait_for "the programs of killed handlers to end" 60 none_behind
serve
[ "$(ask)" = 200 ] || complain "users get no answer"

printf '%s SIGKILLs, and %s of a proxy, over %s deployments: %s\n' "$count" "$proxies_killed" "$accepted" "$(jq -r 'group_by(.status) | map("\(length) \(.[0].status)") | join(", ")' <<<"$list")"
printf 'killed while in: %s\n' "$(sort "$moments" | uniq -c | sort -rn | awk '{ printf "%s%s %s", (NR > 1 ? ", " : ""), $1, $2 }')"
printf '%s revisions; traffic %s\n' "$(revisions | wc -l)" "$(shares)"
printf '%s findings\n' "$bad"
[ "$bad" -eq 0 ]
