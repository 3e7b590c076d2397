#!/usr/bin/env bash
# boathook from outside, against a cluster with Knative: real handler, real kubectl, real deployments of a throw-away service.
#   scripts/e2e.sh                        against the cluster that KUBECONFIG names
#   scripts/e2e.sh --sandbox              against a simulated cluster that it starts
#   scripts/e2e.sh --sandbox --limited    there, with an account that may deploy one service and no more
# E2E_DOMAIN           the Knative domain: SERVICE.NAMESPACE.DOMAIN
# E2E_INGRESS          IP:PORT of the ingress, where the domain does not resolve
# E2E_SCHEME           http (default) or https
# E2E_IMAGE_GOOD_1, _GOOD_2, _CRASH (ends at start), _SLOW (takes over 1 s), _ERRORS (half of its answers are 500), _ABSENT (no such tag)
# E2E_PORT             the port on which the images listen (8080)
# E2E_PULL             yes or no: whether crictl pulls on this node (default: whether there is a crictl)
# E2E_NAMESPACE        a name for the namespace (default: a new one); one that exists stays, without the service
# E2E_SERVICE          a name for the service (e2e)
# E2E_KUBECONFIG_DEPLOY  the account that the handler uses, where it is another than the one that looks (KUBECONFIG)
# E2E_BOATHOOK         a boathook to try, in place of one that is built here
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/need.sh
. "$here/scripts/need.sh"
# shellcheck source=scripts/handler.sh
. "$here/scripts/handler.sh"
# shellcheck source=scripts/trial.sh
. "$here/scripts/trial.sh"
cd "$here"
trial_arguments "$@"
dir=$(mktemp -d)
trap 'trial_end; [ -n "${E2E_KEEP:-}" ] || rm -rf "$dir"' EXIT

passed=0 failed=0 skipped=0

# try NAME FUNCTION: a case; `expect` inside it says what is wrong.
try() {
  why=()
  SECONDS=0
  "$2"
  if [ "${#why[@]}" -eq 0 ]; then
    passed=$((passed + 1))
    printf 'ok - %s (%s s)\n' "$1" "$SECONDS"
  else
    failed=$((failed + 1))
    printf 'not ok - %s\n' "$1"
    printf '    %s\n' "${why[@]}" "send ended $exit: $(told .status) $(told .reason)" "traffic: $(shares)"
  fi
}

skip() {
  skipped=$((skipped + 1))
  printf 'skipped - %s: %s\n' "$1" "$2"
}

# expect WHAT COMMAND...: the command has to succeed.
expect() {
  local what=$1
  shift
  "$@" || why+=("expected $what")
}

is() { [ "$1" = "$2" ] || { why+=("\"$1\" is not \"$2\""); return 1; }; }
contains() { case $1 in *"$2"*) ;; *) return 1 ;; esac; }
ended() { is "$(told .status)" "$1"; }
new_revisions() { comm -13 <(printf '%s\n' "$before") <(revisions) | grep -c . || true; }

# The state before a case.
remember() {
  before=$(revisions 2>/dev/null || true)
  stable=$(serving 2>/dev/null || true)
}

expect_success() {
  expect "send to end 0" is "$exit" 0
  expect "a success" ended succeeded
  expect "one new revision" is "$(new_revisions)" 1
  expect "all requests on the new revision" is "$(serving)" "$(told .candidate)"
  expect "one revision with everything, Ready, no tag" is_whole
}

# expect_back END: what served before serves again.
expect_back() {
  expect "send to end 1" is "$exit" 1
  expect "an end" ended "$1"
  expect "all requests on $stable" is "$(serving)" "$stable"
  expect "one revision with everything, Ready, no tag" is_whole
  expect "an answer to users" is "$(ask)" 200
}

first() {
  deploy development "$E2E_IMAGE_GOOD_1"
  before=
  expect_success
  expect "an answer to users" is "$(ask)" 200
}

second() {
  remember
  deploy development "$E2E_IMAGE_GOOD_2" --deployment-id e2e-second
  expect_success
  expect "crictl, apply and patch in its log" log_reads "$(told .job)"
}

log_reads() {
  local log
  log=$(boathook logs "$1") || return
  ! crictl_is_usable || contains "$log" "crictl pull" || return
  contains "$log" "kubectl apply -f manifests/development" && contains "$log" "kubectl patch ksvc $service"
}

repeat() {
  remember
  local job count
  job=$(boathook list --json --limit 1 | jq -r '.[0].job')
  count=$(boathook list --json --limit 500 | jq length)
  deploy development "$E2E_IMAGE_GOOD_2" --deployment-id e2e-second
  expect "the same deployment" is "$(told .job)" "$job"
  expect "send to end 0" is "$exit" 0
  expect "no other deployment" is "$(boathook list --json --limit 500 | jq length)" "$count"
  expect "no new revision" is "$(new_revisions)" 0
}

same_tag_again() {
  remember
  local image=$E2E_IMAGE_GOOD_2
  local served
  served=$(serving_image)
  boathook sandbox image "$image=good" >/dev/null
  deploy development "$image"
  expect_success
  expect "another digest than $served" test "$(serving_image)" != "$served"
}

changed_manifest() {
  remember
  trial_greeting=changed trial_manifests
  deploy development "$E2E_IMAGE_GOOD_2"
  expect_success
  local value
  value=$(kubectl get revision "$(serving)" -n "$namespace" -o 'jsonpath={.spec.containers[0].env[0].value}')
  expect "the new value in the revision" is "$value" changed
}

crash() {
  remember
  deploy development "$E2E_IMAGE_CRASH"
  expect_back rolled_back
  expect "an end within 20 s, not after $SECONDS" test "$SECONDS" -le 20
  expect "the exit code in the reason" contains "$(told .reason)" "exit"
  printf '    # %s\n' "$(told .reason)"
}

absent() {
  remember
  deploy development "$E2E_IMAGE_ABSENT"
  expect_back "$(crictl_is_usable && echo failed || echo rolled_back)"
  expect "no change of the service where the image could not be pulled" is "$(new_revisions)" "$(crictl_is_usable && echo 0 || echo 1)"
  expect "a reason that says so" contains "$(told .reason)" "not found"
}

errors() {
  remember
  users "$dir/users"
  deploy development "$E2E_IMAGE_ERRORS" --strategy blue-green
  stop_users
  expect_back rolled_back
  expect "no failed request of $(wc -l <"$dir/users")" is "$(grep -cv ' 200$' "$dir/users" || true)" 0
  expect "the candidate's failures in the reason" contains "$(told .reason)" "boathook-$service"
}

slow() {
  remember
  deploy staging "$E2E_IMAGE_SLOW"
  expect_back rolled_back
  expect "the limit in the reason" contains "$(told .reason)" "allowed are 500 ms"
}

missing_namespace() {
  local folder=$dir/manifests/staging
  rm "$folder/00-namespace.yaml"
  trial_service "$namespace-missing" >"$folder/10-service.yaml"
  into=$namespace-missing deploy staging "$E2E_IMAGE_GOOD_1"
  trial_manifests
  expect "send to end 1" is "$exit" 1
  expect "an end" ended failed
  expect "the namespace in the reason" contains "$(told .reason)" "$namespace-missing"
}

blue_green() {
  remember
  users "$dir/users"
  deploy development "$E2E_IMAGE_GOOD_1" --strategy blue-green
  stop_users
  expect_success
  expect "no failed request of $(wc -l <"$dir/users")" is "$(grep -cv ' 200$' "$dir/users" || true)" 0
}

# held_at PERCENT IMAGE: sends a deployment to production, and comes back once a hold has begun.
held_at() {
  boathook send --url "$HANDLER_URL" --secret-file "$dir/secret.production" --environment production --image "$2" --namespace "$namespace" \
    --service "$service" --strategy blue-green --timeout 3m --json >"$dir/held" 2>>"$dir/send.log" &
  sender=$!
  wait_for "a hold at $1 %" 60 has_share "$1"
}

has_share() { contains "$(shares) " "=$1boathook "; }

held_ended() {
  exit=0
  wait "$sender" || exit=$?
  answer=$(cat "$dir/held")
}

someone_else() {
  remember
  held_at 10 "$E2E_IMAGE_GOOD_2"
  kubectl patch ksvc "$service" -n "$namespace" --type merge \
    -p '{"spec":{"template":{"metadata":{"annotations":{"e2e.boathook.dev/by":"someone"}}}}}' >/dev/null 2>&1
  held_ended
  expect "send to end 1" is "$exit" 1
  expect "an end" ended aborted
  expect "all requests on $stable" is "$(serving)" "$stable"
  expect "their change still there" is "$(ksvc '{.spec.template.metadata.annotations.e2e\.boathook\.dev/by}')" someone
  expect "an answer to users" is "$(ask)" 200
  printf '    # %s\n' "$(told .reason)"
}

killed() { ended_and_started KILL; }
terminated() { ended_and_started TERM; }

ended_and_started() {
  remember
  held_at 10 "$E2E_IMAGE_GOOD_1"
  halt "$1"
  expect "an answer to users meanwhile" is "$(ask)" 200
  serve
  held_ended
  expect_success
  expect "exactly one end in its record" is "$(boathook logs "$(told .job)" --json | jq '[.[] | select(.event.type == "ended")] | length')" 1
}

trial_begin "$dir"
trial_place
serve
say "$(kubectl version --client 2>/dev/null | head -n 1); $namespace/$service at $E2E_DOMAIN"

try "the first deployment creates the service" first
try "a second deployment takes over all requests" second
try "a repeat of a delivery does nothing" repeat
if [ -n "${SANDBOX_CONTROL:-}" ]; then try "the same tag with another image is deployed" same_tag_again; else
  skip "the same tag with another image is deployed" "only the sandbox can move a tag"
fi
try "a changed variable in the manifest is deployed" changed_manifest
try "an image that crashes at start goes back within seconds" crash
try "an absent image changes nothing" absent
try "an image that answers with errors reaches no user" errors
try "an image that is too slow goes back" slow
try "a missing namespace is said so" missing_namespace
try "blue-green fails no request" blue_green
try "someone else's change in a hold ends the deployment" someone_else
try "SIGKILL in a hold and a new start end once, with success" killed
try "SIGTERM in a hold and a new start end once, with success" terminated

printf '%d passed, %d failed' "$passed" "$failed"
[ "$skipped" -eq 0 ] || printf ', %d skipped' "$skipped"
printf '\n'
[ "$failed" -eq 0 ]
