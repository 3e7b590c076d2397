#!/usr/bin/env bash
# boathook from outside, against a cluster with Knative: real handler, real kubectl, real deployments of a throw-away service.
#   scripts/e2e.sh                        against the cluster that KUBECONFIG names
#   scripts/e2e.sh --sandbox              against a simulated cluster that it starts
#   scripts/e2e.sh [--sandbox] --limited  with an account that may deploy one service and no more
# Variables describe the cluster (KUBECONFIG, E2E_DOMAIN, E2E_IMAGE_GOOD_1, CONTAINER_RUNTIME_ENDPOINT and so on): see the head of
# trials/cluster-setup.sh.
set -euo pipefail
# shellcheck source=trials/cluster-setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/../trials/cluster-setup.sh"
# shellcheck source=trials/assertions.sh
. trials/assertions.sh
trial_start "$@"

# steer ARGUMENT...: an operator's order, which has to be taken.
steer() { expect "\"boathook $*\" to be taken" boathook "$@" --note e2e >>"$dir/orders.log" 2>&1; }

# send_on ENVIRONMENT IMAGE: sends without following; its `id`.
send_on() {
  deploy "$1" "$2" --no-follow
  expect "send to end 0" is "$exit" 0
  id=$(newest)
}

bad_first() {
  remember
  deploy development "$E2E_IMAGE_CRASH"
  expect_recorded 1 failed
  expect "a reason that says so" contains "$(field .reason)" "there was nothing to roll back to"
  remember
  deploy development "$E2E_IMAGE_GOOD_1"
  expect_success
  nothing_deployed
}

is_gone() { [ -z "$(kubectl get ksvc "$service" -n "$namespace" -o name --ignore-not-found)$(revisions)" ]; }

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
  expect "crictl and patch in its log, and no apply: nothing beside the service changed" log_reads "$(field .id)"
}

log_reads() {
  local log
  log=$(boathook commands "$1") || return
  ! crictl_is_usable || contains "$log" "crictl pull" || return
  contains "$log" "kubectl patch ksvc $service" && ! contains "$log" "kubectl apply"
}

repeat() {
  remember
  local id count
  id=$(boathook list --json --limit 1 | jq -r '.[0].id')
  count=$(boathook list --json --limit 500 | jq length)
  deploy development "$E2E_IMAGE_GOOD_2" --deployment-id e2e-second
  expect "the same deployment" is "$(field .id)" "$id"
  expect "send to end 0" is "$exit" 0
  expect "no other deployment" is "$(boathook list --json --limit 500 | jq length)" "$count"
  expect "no new revision" is "$(new_revisions)" 0
}

same_tag_again() {
  remember
  local image=$E2E_IMAGE_GOOD_2
  local served
  served=$(serving_image)
  move_tag "$image"
  deploy development "$image"
  expect_success
  expect "another digest than $served" test "$(serving_image)" != "$served"
}

# move_tag IMAGE: gives its tag to another good image.
move_tag() {
  if [ -n "${SANDBOX_CONTROL:-}" ]; then boathook-sandbox image "$1=good" >/dev/null; else $E2E_MOVE_TAG "$1" >/dev/null; fi
}

changed_manifest() {
  remember
  trial_env='[{name: GREETING, value: changed}]' trial_manifests
  deploy development "$E2E_IMAGE_GOOD_2"
  expect_success
  local value
  value=$(kubectl get revision "$(serving)" -n "$namespace" -o 'jsonpath={.spec.containers[0].env[0].value}')
  expect "the new value in the revision" is "$value" changed
}

# The name is taken by a plain Service that was there before.
name_taken() {
  printf '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "%s", "namespace": "%s"}, "spec": {"ports": [{"port": 80}]}}' \
    "$service" "$namespace" | kubectl apply -f - >/dev/null
  remember
  deploy development "$E2E_IMAGE_GOOD_1"
  expect_recorded 1 failed
  expect "an end within 30 s, not after $SECONDS" test "$SECONDS" -le 30
  expect "the Service in the reason" contains "$(field .reason)" "do not own"
  printf '    # %s\n' "$(field .reason)"
  kubectl delete service "$service" -n "$namespace" >/dev/null
  remember
  deploy development "$E2E_IMAGE_GOOD_1"
  expect_success
  nothing_deployed
}

# nothing_deployed: the service is deleted, and gone.
nothing_deployed() {
  kubectl delete ksvc "$service" -n "$namespace" >/dev/null
  wait_for "the service to be gone" 60 is_gone
}

# A database beside it, which it cannot reach at its first two starts.
database_beside() {
  trial_env="[{name: DATABASE, value: $service-database}]" trial_volumes='[{name: state, emptyDir: {}}]' \
    trial_mounts='[{name: state, mountPath: /state}]' trial_beside=$(database) trial_arrange
  before=
  deploy development "$E2E_IMAGE_RESTARTS"
  expect_success
  expect "the database too" kubectl get deployment "$service-database" -n "$namespace" >/dev/null
  trial_arrange
  kubectl delete deployment,service "$service-database" -n "$namespace" >/dev/null
  nothing_deployed
}

database() {
  cat <<YAML
apiVersion: apps/v1
kind: Deployment
metadata: {name: $service-database, namespace: $namespace}
spec:
  selector: {matchLabels: {app: database}}
  template:
    metadata: {labels: {app: database}}
    spec: {containers: [{name: database, image: "$E2E_IMAGE_GOOD_2"}]}
---
apiVersion: v1
kind: Service
metadata: {name: $service-database, namespace: $namespace}
spec: {selector: {app: database}, ports: [{port: 5432, targetPort: ${E2E_PORT:-8080}}]}
YAML
}

missing_secret() {
  remember
  trial_env='[{name: TOKEN, valueFrom: {secretKeyRef: {name: not-there, key: token}}}]' trial_manifests
  deploy development "$E2E_IMAGE_GOOD_1"
  trial_manifests
  expect_back rolled_back
  expect "an end within 30 s, not after $SECONDS" test "$SECONDS" -le 30
  expect "the Secret in the reason" contains "$(field .reason)" "not-there"
  printf '    # %s\n' "$(field .reason)"
}

# Its readinessProbe asks without a path: where that answers with a redirect to https, no revision becomes ready at all.
https_only() {
  trial_probe='tcpSocket: {}' trial_arrange
  remember
  deploy development "$E2E_IMAGE_HTTPS"
  expect_back rolled_back
  expect "where it is sent to in the reason" contains "$(field .reason)" "https://"
  printf '    # %s\n' "$(field .reason)"
  trial_probe='tcpSocket: {}' trial_settings="{$service: {health: {headers: {X-Forwarded-Proto: https}}}}" trial_arrange
  remember
  deploy development "$E2E_IMAGE_HTTPS"
  expect_success
  trial_arrange
  deploy development "$E2E_IMAGE_GOOD_1"
}

cluster_local() {
  remember
  trial_labels='{networking.knative.dev/visibility: cluster-local}' trial_arrange
  deploy development "$E2E_IMAGE_GOOD_2"
  expect_success
  expect "its address in the cluster" is "$(ksvc '{.status.url}')" "$scheme://$service.$namespace.svc.cluster.local"
  expect "nothing at the public gateway" is "$(ask)" 404
  expect "an answer at the gateway in the cluster" is "$(E2E_INGRESS=$E2E_LOCAL_INGRESS trial_host=$service.$namespace.svc.cluster.local ask)" 200
  trial_arrange
  kubectl label ksvc "$service" -n "$namespace" networking.knative.dev/visibility- >/dev/null 2>&1
  wait_for "an answer at the public gateway again" 30 is_public
}

is_public() { is_whole && [ "$(ask)" = 200 ]; }

# A proxy has the port, and the image goes to the container beside it.
sidecar() {
  local image containers
  deploy development "$E2E_IMAGE_GOOD_2"
  image=$(serving_image)
  remember
  trial_containers="{name: proxy, image: $E2E_IMAGE_SIDECAR, ports: [{containerPort: ${E2E_PORT:-8080}}]}
        - {name: app, image: $E2E_IMAGE_GOOD_1, env: [{name: PORT, value: \"8099\"}]}" \
    trial_settings="{$service: {container: app}}" trial_arrange
  deploy development "$E2E_IMAGE_GOOD_2"
  expect_success
  containers=$(kubectl get revision "$(serving)" -n "$namespace" -o json | jq -c '.spec.containers | map({key: .name, value: .image}) | from_entries')
  expect "the proxy's own image" is "$(jq -r .proxy <<<"$containers")" "$E2E_IMAGE_SIDECAR"
  expect "the new image in the other container" is "$(jq -r .app <<<"$containers")" "$image"
  trial_arrange
  remember
  deploy development "$E2E_IMAGE_GOOD_1"
  expect_success
}

# Its readinessProbe asks without a path: where that answers with a redirect to https, no revision becomes ready at all.
two_paths() {
  trial_settings="{$service: {health: {path: /one}}, $service-two: {health: {path: /two}}}" trial_probe='tcpSocket: {}' \
    trial_beside=$(service=$service-two trial_probe='tcpSocket: {}' trial_service "$namespace") trial_arrange
  remember
  deploy development "$E2E_IMAGE_PATH_ONE"
  expect_success
  deploy_two "$E2E_IMAGE_PATH_TWO"
  expect "the second one to succeed" ended succeeded
  deploy_two "$E2E_IMAGE_PATH_ONE"
  expect "an image without its path to go back" ended rolled_back
  expect "its answer in the reason" contains "$(field .reason)" 404
  trial_arrange
  kubectl delete ksvc "$service-two" -n "$namespace" >/dev/null
  remember
  deploy development "$E2E_IMAGE_GOOD_1"
  expect_success
}

deploy_two() { service=$service-two deploy development "$1"; }

crash() {
  remember
  deploy development "$E2E_IMAGE_CRASH"
  expect_back rolled_back
  expect "an end within 20 s, not after $SECONDS" test "$SECONDS" -le 20
  expect "the exit code in the reason" contains "$(field .reason)" "exit"
  printf '    # %s\n' "$(field .reason)"
}

bad_bad_good() {
  remember
  deploy development "$E2E_IMAGE_CRASH"
  expect_back rolled_back
  deploy development "$E2E_IMAGE_ERRORS"
  expect_back rolled_back
  remember
  deploy development "$E2E_IMAGE_GOOD_1"
  expect_success
}

absent() {
  remember
  deploy development "$E2E_IMAGE_ABSENT"
  expect_back "$(crictl_is_usable && echo failed || echo rolled_back)"
  expect "no change of the service where the image could not be pulled" is "$(new_revisions)" "$(crictl_is_usable && echo 0 || echo 1)"
  expect "a reason that says so" contains "$(field .reason)" "not found"
}

errors() {
  remember
  users "$dir/users"
  deploy development "$E2E_IMAGE_ERRORS" --strategy blue-green
  stop_users
  expect_back rolled_back
  expect "no failed request of $(wc -l <"$dir/users")" is "$(grep -cv ' 200$' "$dir/users" || true)" 0
  expect "the candidate's failures in the reason" contains "$(field .reason)" "boathook-$service"
}

slow() {
  remember
  deploy staging "$E2E_IMAGE_SLOW"
  expect_back rolled_back
  expect "the limit in the reason" contains "$(field .reason)" "allowed are 500 ms"
}

missing_namespace() {
  local folder=$dir/manifests/staging
  rm -f "$folder/00-namespace.yaml"
  trial_service "$namespace-missing" >"$folder/10-service.yaml"
  into=$namespace-missing deploy staging "$E2E_IMAGE_GOOD_1"
  trial_manifests
  expect_recorded 1 failed
  expect "the namespace in the reason" contains "$(field .reason)" "$namespace-missing"
}

blue_green() {
  remember
  users "$dir/users"
  deploy development "$E2E_IMAGE_GOOD_1" --strategy blue-green
  stop_users
  expect_success
  expect "no failed request of $(wc -l <"$dir/users")" is "$(grep -cv ' 200$' "$dir/users" || true)" 0
}

paused() {
  remember
  held_at 10 production "$E2E_IMAGE_GOOD_2"
  steer pause "$id"
  sleep 10
  expect "10 % still, after the 8 s of its hold" has_share 10
  expect "the pause in its record" is "$(boathook show "$id" --json | jq .paused)" true
  steer resume "$id"
  held_ended
  expect_success
}

promoted() {
  remember
  held_at 10 production "$E2E_IMAGE_GOOD_1"
  steer promote "$id"
  SECONDS=0
  wait_for "the next stage" 30 has_share 50
  expect "it before the 8 s of its hold are over, not after $SECONDS s" test "$SECONDS" -lt 6
  held_ended
  expect_success
  expect "every stage" is "$(shares_in_order "$id")" "10 50 100"
}

promoted_fully() {
  remember
  held_at 10 production "$E2E_IMAGE_GOOD_2"
  steer promote "$id" --full
  held_ended
  expect_success
  expect "no stage between" is "$(shares_in_order "$id")" "10 100"
}

# shares_in_order ID: the shares that its candidate had, such as `10 50 100`.
shares_in_order() { shares_recorded "$1" | cut -d ' ' -f 1 | uniq | paste -sd ' '; }

aborted() {
  remember
  held_at 10 production "$E2E_IMAGE_GOOD_1"
  steer abort "$id"
  held_ended
  expect_back aborted
  expect "an operator in the reason that the sender gets" contains "$(field .reason)" "aborted by an operator"
  expect "who and why in the record" contains "$(boathook show "$id" --json | jq -r .reason)" "e2e"
  printf '    # %s\n' "$(boathook show "$id" --json | jq -r .reason)"
}

superseded() {
  local waiting newer
  remember
  held_at 10 production "$E2E_IMAGE_GOOD_1"
  send_on production "$E2E_IMAGE_CRASH" && waiting=$id
  send_on production "$E2E_IMAGE_GOOD_2" && newer=$id
  held_ended
  expect_recorded 0 succeeded
  follow "$waiting"
  expect_recorded 1 superseded
  expect "the newer one in the reason" contains "$(field .reason)" "$newer"
  expect "no program run for it" is "$(recorded "$waiting" '[.[] | select(.event.type == "command_started")] | length')" 0
  follow "$newer"
  expect_success 2
}

replaced() {
  remember
  held_at 10 staging "$E2E_IMAGE_GOOD_1"
  send_on staging "$E2E_IMAGE_GOOD_2"
  held_ended
  expect_recorded 1 aborted
  expect "the newer one in the reason" contains "$(field .reason)" "$id"
  expect "no stage after the first" is "$(shares_in_order "$(field .id)")" "10 0"
  follow "$id"
  expect_success 2
}

two_at_once() {
  local image process sending=() refused=0 older newer
  remember
  : >"$dir/send.log"
  for image in "$E2E_IMAGE_GOOD_1" "$E2E_IMAGE_GOOD_2"; do
    (deploy development "$image" --no-follow && exit "$exit") &
    sending+=("$!")
  done
  for process in "${sending[@]}"; do wait "$process" || refused=$((refused + 1)); done
  # The one that arrives second may have been made first, and is refused for that.
  if [ "$refused" -eq 1 ] && grep -q 'timestamp.* is earlier than' "$dir/send.log"; then
    follow "$(newest)"
    expect_success
    return
  fi
  expect "both to be taken" is "$refused" 0
  read -r newer older < <(boathook list --json --limit 2 | jq -r 'map(.id) | join(" ")')
  follow "$older"
  # Two that arrive within the same moment are one that waits and one that is newer.
  if [ "$(field .status)" = superseded ]; then expect_recorded 1 superseded; else expect_recorded 0 succeeded; fi
  expect "one after the other" test "$(recorded "$older" 'last.sequence')" -lt "$(began_at "$newer")"
  local made=$(($(field '.status == "succeeded"' | grep -c true) + 1))
  follow "$newer"
  expect_success "$made"
}

# began_at ID: the place of its first program in the whole record.
began_at() { recorded "$1" '[.[] | select(.event.type == "command_started")][0].sequence'; }

ordered_rollback() {
  local older newer newest image
  remember
  deploy development "$E2E_IMAGE_GOOD_1"
  expect_success
  older=$(serving)
  deploy development "$E2E_IMAGE_GOOD_2"
  newer=$(serving) newest=$(field .id) image=$(field .resolved_image)
  remember
  steer rollback "$service" --environment development
  expect_adopted "$older"
  expect "the digest to be reinstated" boathook reinstate "$image" --reason e2e >>"$dir/orders.log" 2>&1
  steer rollback "$service" --environment development --to "$newest"
  expect_adopted "$newer"
  steer release "$service" --environment development
}

# expect_adopted REVISION: an ordered rollback ended with that revision serving, itself and without stages.
expect_adopted() {
  follow "$(newest)"
  expect_success 0
  expect "all requests on $1" is "$(serving)" "$1"
  expect "no stages" is "$(recorded "$(field .id)" '[.[].event | select(.type == "step_started").step] | join(" ")')" "adopt_revision verify pin_traffic"
  expect "an answer to users" is "$(ask)" 200
}

someone_else() {
  remember
  held_at 10 production "$E2E_IMAGE_GOOD_2"
  kubectl patch ksvc "$service" -n "$namespace" --type merge \
    -p '{"spec":{"template":{"metadata":{"annotations":{"e2e.boathook.dev/by":"someone"}}}}}' >/dev/null 2>&1
  held_ended
  kubectl wait ksvc "$service" -n "$namespace" --for condition=Ready --timeout 60s >/dev/null
  expect_back aborted
  expect "their change still there" is "$(ksvc '{.spec.template.metadata.annotations.e2e\.boathook\.dev/by}')" someone
  printf '    # %s\n' "$(field .reason)"
}

killed() { ended_and_started KILL; }
terminated() { ended_and_started TERM; }

ended_and_started() {
  remember
  held_at 10 production "$E2E_IMAGE_GOOD_1"
  halt "$1"
  expect "an answer to users meanwhile" is "$(ask)" 200
  serve
  held_ended
  expect_success
}

# try_with VARIABLE NAME FUNCTION: a case that needs what the variable names.
try_with() {
  [[ $3 =~ ${E2E_ONLY:-.} ]] || return 0
  if [ -n "${!1:-}" ]; then try "$2" "$3"; else skip "$2" "$1 is not set"; fi
}

# try_more_than_one VARIABLE NAME FUNCTION: the same for a case that deploys more than the one service that an account of `--limited` may.
try_more_than_one() {
  [[ $3 =~ ${E2E_ONLY:-.} ]] || return 0
  if [ "$trial_limited" = yes ]; then skip "$2" "the account may deploy one service only"; else try_with "$@"; fi
}

trial_begin GOOD_1 GOOD_2 CRASH SLOW ERRORS ABSENT 'RESTARTS?=crash-first:2' 'HTTPS?=https-only' 'PATH_ONE?=no-path:/two' 'PATH_TWO?=no-path:/one'
: "${E2E_IMAGE_SIDECAR:=${SANDBOX_IMAGE:+$SANDBOX_IMAGE:v1}}"
serve
say "$(kubectl version --client 2>/dev/null | head -n 1); $namespace/$service at $E2E_DOMAIN"

try "a bad first deployment fails with its reason, and a good one fixes it" bad_first
try "a name that a plain Service has ends the first deployment, and the next one works" name_taken
try_more_than_one E2E_IMAGE_RESTARTS "an application restarts until the database beside it is there" database_beside
try "the first deployment creates the service" first
try "a second deployment takes over all requests" second
try "a repeat of a delivery does nothing" repeat
if [ -n "${SANDBOX_CONTROL:-}${E2E_MOVE_TAG:-}" ]; then try "the same tag with another image is deployed" same_tag_again; else
  skip "the same tag with another image is deployed" "E2E_MOVE_TAG names no command that moves a tag"
fi
try "a changed variable in the manifest is deployed" changed_manifest
try "an image that crashes at start goes back within seconds" crash
try "bad to bad to good" bad_bad_good
try "a Secret that is missing is named within seconds" missing_secret
try_with E2E_IMAGE_HTTPS "an application that insists on https is asked as if it came by https" https_only
try_more_than_one E2E_IMAGE_PATH_ONE "two services are asked at their own paths" two_paths
try_with E2E_LOCAL_INGRESS "a service that only the cluster reaches is asked there" cluster_local
try_with E2E_IMAGE_SIDECAR "the image goes to the container beside the proxy that has the port" sidecar
try "an absent image changes nothing" absent
try "an image that answers with errors reaches no user" errors
try "an image that is too slow goes back" slow
try "a missing namespace is said so" missing_namespace
try "blue-green fails no request" blue_green
try "a paused hold stays until it is resumed" paused
try "a promotion skips the rest of a hold" promoted
try "a full promotion skips all stages before 100 %" promoted_fully
try "an abort in a hold goes back" aborted
try "a newer request supersedes the one that waits" superseded
try "a newer request replaces the one under way where config says so" replaced
try "two requests at once are deployed one after the other" two_at_once
try "an ordered rollback brings back the revision itself, and the next one the newer" ordered_rollback
try "someone else's change in a hold ends the deployment" someone_else
try "SIGKILL in a hold and a new start end once, with success" killed
try "SIGTERM in a hold and a new start end once, with success" terminated

sum_up
