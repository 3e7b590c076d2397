#!/usr/bin/env bash
# What users notice of a bad image: asks a service of a simulated cluster without a pause while an image that fails half of its requests
# is deployed in stages, once where the fault shows before the first stage and once where it begins in the middle of it.
#   scripts/live.sh --sandbox
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/need.sh
. "$here/scripts/need.sh"
# shellcheck source=scripts/handler.sh
. "$here/scripts/handler.sh"
# shellcheck source=scripts/trial.sh
. "$here/scripts/trial.sh"
cd "$here"
trial_arguments "${@:---sandbox}"
dir=$(mktemp -d)
trap 'trial_end; rm -rf "$dir"' EXIT

# measure WHAT IMAGE: deploys it blue-green (10 % held for 8 s, 50 %, 100 %) under requests; prints what users got.
measure() {
  local asked bad
  users "$dir/users"
  deploy production "$2" --strategy blue-green
  stop_users
  asked=$(wc -l <"$dir/users")
  bad=$(grep -cv '^200$' "$dir/users" || true)
  # shellcheck disable=SC2154 # set by `deploy`
  printf '%s: %s (send ended %s)\n  reason: %s\n' "$1" "$(told .status)" "$exit" "$(told .reason)"
  printf '  %s of %s user requests failed (%s %%)\n' "$bad" "$asked" "$(awk -v bad="$bad" -v of="$asked" 'BEGIN { printf "%.2f", of ? 100 * bad / of : 0 }')"
  printf '  share of the candidate, as seen on the way: %s; now: %s, %s\n' "$(shares_recorded)" "$(shares)" "$(is_whole && echo whole || echo NOT whole)"
  is_whole || status=1
  [ "$(told .status)" = rolled_back ] || status=1
}

# The stages that the candidate reached, with the time from the first share to the first step of the way back.
shares_recorded() {
  boathook logs "$(told .job)" --json | jq -r '
    [.[] | {at, found: (.event.finding?, .event.findings[]?) | select(.finding? == "serving") | .is.percent}] as $stages
    | ([.[] | select(.event.type == "step_failed")][0].at) as $bad
    | if $stages == [] then "none" else "\($stages | map("\(.found) %") | join(", ")) from \($stages[0].at) to \($bad)" end'
}

status=0
trial_begin "$dir"
[ -n "${SANDBOX_CONTROL:-}" ] || fail "this needs a sandbox's images"
trial_place
serve
deploy development "$E2E_IMAGE_GOOD_1"
is_whole || fail "the first deployment: $(told .reason)"
repository=$(image_repository "$E2E_IMAGE_GOOD_1")
boathook sandbox image "$repository:at-once=errors:50" >/dev/null
boathook sandbox image "$repository:late=errors-after:${LIVE_WELL_FOR:-5s}:50" >/dev/null

measure "half of the requests fail from the start" "$repository:at-once"
failed_at_once=$(grep -cv '^200$' "$dir/users" || true)
measure "half of the requests fail after ${LIVE_WELL_FOR:-5s}" "$repository:late"
[ "$failed_at_once" -eq 0 ] || fail "$failed_at_once user requests failed where the fault showed before the first stage"
exit "$status"
