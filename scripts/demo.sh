#!/usr/bin/env bash
# boathook's main job, once, on this machine: gets what is missing, builds, starts a simulated k3s with Knative and the handler beside
# it, and deploys the example application to development, staging and production with signed webhooks. Stops all that it started.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/install-tools.sh
. "$here/scripts/install-tools.sh"
# shellcheck source=scripts/sandbox-and-handler.sh
. "$here/scripts/sandbox-and-handler.sh"
cd "$here"

need_c_compiler
need_curl
need_rust "$here"
need_kubectl "$here/target/tools"

say "building"
cargo build --locked --quiet --workspace
PATH="$(build_folder "$here" debug):$PATH"

dir=$(mktemp -d)
trap 'stop_all; rm -rf "$dir"' EXIT

say "starting a simulated k3s with Knative, and the handler"
start_sandbox "$dir"
say "holds are shortened for the demo: 3 s in development and staging, 4 s + 4 s + 3 s in production (shipped: 60 s, and 2 + 2 + 1 minutes)"
quick='{path: /, expect_status: [200], timeout: 5s, cold_start: 15s, interval: 500ms, delay: 0s, consecutive_failures: 3, min_samples: 3}'
rolling='{stages: {rolling: [{percent: 100, hold: 3s}]}}'
stages='{stages: {blue-green: [{percent: 10, hold: 4s}, {percent: 50, hold: 4s}, {percent: 100, hold: 3s}]}}'
export "BOATHOOK__ENVIRONMENTS__DEVELOPMENT__TRAFFIC=$rolling" "BOATHOOK__ENVIRONMENTS__STAGING__TRAFFIC=$rolling"
export "BOATHOOK__ENVIRONMENTS__PRODUCTION__TRAFFIC=$stages"
for environment in DEVELOPMENT STAGING PRODUCTION; do export "BOATHOOK__ENVIRONMENTS__${environment}__HEALTH=$quick"; done
start_handler "$dir"

# deploy ENVIRONMENT SERVICE TAG: as a CI job does it.
deploy() {
  say "$1: $2 becomes $SANDBOX_IMAGE:$3"
  boathook send --url "$HANDLER_URL" --secret-file "$dir/secret.${1^^}" --environment "$1" \
    --image "$SANDBOX_IMAGE:$3" --namespace "$2" --service "$2" --triggered-by demo --commit "$3"
}

for tag in v1 v2; do
  deploy development game-2048-dev "$tag"
  deploy staging game-2048-staging "$tag"
  deploy production game-2048-prod "$tag"
done

say "the record"
boathook list
say "what serves where"
served=0
for service in game-2048-dev game-2048-staging game-2048-prod; do
  answer=$(curl -fsS -H "Host: $service.$service.$SANDBOX_DOMAIN" "http://$SANDBOX_INGRESS/")
  image=$(kubectl get ksvc "$service" -n "$service" -o 'jsonpath={.spec.template.spec.containers[0].image}')
  traffic=$(kubectl get ksvc "$service" -n "$service" -o 'jsonpath={range .status.traffic[*]}{.revisionName} {.percent} %{end}')
  printf '%-18s %-26s %s\n%-18s answers: %s\n' "$service" "$traffic" "$image" "" "$answer"
  case $answer in v2*) served=$((served + 1)) ;; esac
done
[ "$served" -eq 3 ] || fail "only $served of 3 services answer with the new image"
say "done: three services on the new image"
