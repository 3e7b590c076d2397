#!/usr/bin/env bash
# How fast boathook acts on what the cluster shows: boathook's own record knows when it acted; a simulated cluster knows to the millisecond
# when its status changed, and of another one a watch beside boathook's tells it, as soon as it sees it.
#   benches/reaction-times.sh [--sandbox] [N]    N rounds (10), each one good deployment and three that fail in different ways, against the
#                                                cluster that E2E_DOMAIN, KUBECONFIG and so on name (see the head of
#                                                trials/cluster-setup.sh), or with --sandbox a simulated one that it starts
set -euo pipefail
# shellcheck source=trials/cluster-setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/../trials/cluster-setup.sh"
count=10
trial_start "$@"

# Short holds in development, no pull in staging, where Knative is the one that finds an image missing; polls as often as by default.
adjust_config() {
  local shipped
  shipped=$(sed -n 's/^ *poll_interval: //p' config/default.yaml)
  sed -i -e "s/poll_interval: 1s/poll_interval: $shipped/" -e 's/^health: .*/health: {delay: 0s, interval: 1s, min_samples: 2}/' "$dir"/config/{development,staging,production}.yaml
  sed -i 's/hold: 3s/hold: 1s/' "$dir/config/development.yaml"
  sed -i 's/^pull: .*/pull: {enabled: false}/' "$dir/config/staging.yaml"
}

# measured KIND: what the latest deployment adds.
measured() {
  local id revision from
  id=$(field .id) revision=$(field .candidate)
  boathook commands "$id" --json >"$dir/records.json"
  from=$(jq '.[0].at' "$dir/records.json")
  changes ksvc "$from" >"$dir/service.json"
  changes pods "$from" | jq --arg revision "$revision" 'map(select(.name | startswith($revision + "-")))' >"$dir/pods.json"
  "$xtask" reaction-times --kind "${1// /-}" --records "$dir/records.json" --service "$dir/service.json" --pods "$dir/pods.json" >>"$dir/measured"
}

# ended END WHAT: the latest deployment has to have ended so, or its times mean nothing.
ended() { [ "$(field .status)" = "$1" ] || fail "$2 ended $(field .status), not $1: $(field .reason)"; }

round() {
  local good=("$E2E_IMAGE_GOOD_1" "$E2E_IMAGE_GOOD_2")
  deploy development "${good[$1 % 2]}" --strategy blue-green
  ended succeeded "a good image" && measured "ready" && measured "traffic shown"
  deploy staging "$E2E_IMAGE_ABSENT"
  ended rolled_back "an absent image" && measured "service failed"
  deploy development "$E2E_IMAGE_CRASH"
  ended rolled_back "an image that crashes" && measured "crashed while awaited"
  trial_image LATE_CRASH "crash-after:$((5000 + RANDOM % 2000))ms"
  deploy production "$E2E_IMAGE_LATE_CRASH" --strategy blue-green
  ended rolled_back "an image that crashes later" && measured "crashed while held"
}

# summary KIND GOAL: nearest-rank percentiles of the time until boathook acts (it is on record, and kubectl starts) and has acted (the cluster
# has the patch).
summary() {
  local column words=("" "acts" "acted")
  for column in 1 2; do
    awk -F '\t' -v kind="$1" -v column="$column" '$1 == kind && $(column + 1) != "" { print $(column + 1) }' "$dir/measured" | sort -n |
      awk -v kind="$1" -v goal="$2" -v word="${words[$column]}" '{ all[NR] = $1 } function rank(p, r) { r = int(p * NR); return all[r < p * NR ? r + 1 : r] }
        END { if (NR) printf "%-22s %-6s %4d %7.0f %7.0f %7.0f  %s\n", kind, word, NR, rank(.5), rank(.99), all[NR], goal
              exit !NR && word == "acts" }' ||
      fail "nothing was measured of \"$1\"; with E2E_KEEP=yes the directory with what was recorded stays"
  done
}

need_xtask "$PWD"
trial_begin GOOD_1 GOOD_2 CRASH ABSENT LATE_CRASH=crash-after:6s
adjust_config
serve
deploy development "$E2E_IMAGE_GOOD_2"
is_whole || fail "the first deployment: $(field .reason)"
: >"$dir/measured"
watch_elsewhere ksvc pods
for ((number = 0; number < count; number++)); do round "$number"; done
printf '%-22s %-6s %4s %7s %7s %7s  %s\n' "in ms" "" n median p99 max goal
summary "ready" 250
summary "traffic shown" 250
summary "service failed" 250
summary "crashed while awaited" 2000
summary "crashed while held" 2000
