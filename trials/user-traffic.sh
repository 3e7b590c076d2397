#!/usr/bin/env bash
# What users notice of a bad image: asks a service without a pause while an image that fails half of its requests is deployed in stages,
# once where the fault shows before the first stage and once where it begins in the middle of it.
#   trials/user-traffic.sh [--sandbox]    against the cluster that E2E_DOMAIN, KUBECONFIG and so on name (see the head of
#                                         trials/cluster-setup.sh), or with --sandbox a simulated one that it starts
set -euo pipefail
# shellcheck source=trials/cluster-setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/cluster-setup.sh"
trial_start "$@"

# measure WHAT IMAGE: deploys it blue-green (10 % held for 8 s, 50 %, 100 %) under requests; prints what users got.
measure() {
  users "$dir/users"
  deploy production "$2" --strategy blue-green
  stop_users
  # shellcheck disable=SC2154 # set by `deploy`
  printf '%s: %s (send ended %s)\n  reason: %s\n' "$1" "$(field .status)" "$exit" "$(field .reason)"
  printf '  over the whole deployment: %s\n' "$(failed_between 0 inf)"
  local share first="" last
  while read -r share at; do
    last=$(date -d "$at" +%s.%N)
    : "${first:=$last}"
    printf '  %6.3f s: %s\n' "$(awk -v first="$first" -v last="$last" 'BEGIN { print last - first }')" "the new revision gets $share %"
  done < <(shares_recorded "$(field .id)")
  [ -z "$first" ] || printf '  while it had a share: %s\n' "$(failed_between "$first" "$last")"
  printf '  now: %s\n' "$(shares)"
  is_whole || complain "traffic is not whole"
  [ "$(field .status)" = rolled_back ] || complain "it was not rolled back"
}

# failed_between FROM TO: of the users' requests.
failed_between() {
  awk -v from="$1" -v to="$2" '(to == "inf" || $1 <= to + 0) && $1 >= from + 0 { asked++; failed += $2 != 200 }
    END { printf "%d of %d user requests failed (%.2f %%)", failed, asked, asked ? 100 * failed / asked : 0 }' "$dir/users"
}

complain() {
  status=1
  printf 'BAD %s\n' "$*"
}

status=0
trial_begin GOOD_1 ERRORS LATE_ERRORS=errors-after:5s:50
serve
deploy development "$E2E_IMAGE_GOOD_1"
is_whole || fail "the first deployment: $(field .reason)"

measure "half of the requests fail from the start" "$E2E_IMAGE_ERRORS"
failed_at_once=$(grep -cv ' 200$' "$dir/users" || true)
measure "half of the requests fail some seconds after the start" "$E2E_IMAGE_LATE_ERRORS"
[ "$failed_at_once" -eq 0 ] || complain "$failed_at_once user requests failed where the fault showed before the first stage"
exit "$status"
