#!/usr/bin/env bash
# boathook's main job, once, on this machine: gets what is missing, builds, starts a simulated k3s with Knative and the handler beside
# it, and deploys the example application to development, staging and production with signed webhooks. Stops all that it started.
#   scripts/demo.sh          once, and ends
#   scripts/demo.sh --keep   leaves all of it running until Ctrl-C, with the dashboard, and prints what to try
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/install-tools.sh
. "$here/scripts/install-tools.sh"
# shellcheck source=scripts/sandbox-and-handler.sh
. "$here/scripts/sandbox-and-handler.sh"
cd "$here"
keep=no
case ${1:-} in
  "") ;;
  --keep) keep=yes ;;
  *) fail "unknown argument: $1; known: --keep" ;;
esac

need_c_compiler
need_curl
need_rust "$here"
need_kubectl "$here/target/tools"

say "building; the first time it takes minutes and fills target/ with about 2 GB"
cargo build --locked --package boathook --package boathook-sandbox
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
if [ "$keep" = yes ]; then
  dashboard=127.0.0.1:$(free_port)
  export BOATHOOK__OPERATOR__LISTEN=$dashboard
fi
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
  printf '%-18s %-32s %s\n%-18s answers: %s\n' "$service" "$traffic" "$image" "" "$answer"
  case $answer in v2*) served=$((served + 1)) ;; esac
done
[ "$served" -eq 3 ] || fail "only $served of 3 services answer with the new image"
say "done: three services on the new image"
[ "$keep" = yes ] || exit 0

all_run() { local pid; for pid in "${pids[@]}"; do kill -0 "$pid" 2>/dev/null || return 1; done; }

# What another terminal needs, beside what the sandbox says of itself.
{
  cat "$dir/env"
  printf "export PATH=%q:\"\$PATH\"\n" "$(build_folder "$here" debug)"
  printf 'export BOATHOOK_CONFIG=%q\n' "$here/config"
  # The handler's own settings, for `boathook check`.
  export -p | sed -n '/^declare -x BOATHOOK__/s/^declare -x/export/p'
  printf 'export BOATHOOK_SOCKET=%q BOATHOOK_URL=%q BOATHOOK_DEMO=%q\n' "$BOATHOOK_SOCKET" "$HANDLER_URL" "$dir"
} >"$dir/try"
example="--namespace game-2048-prod --service game-2048-prod"
cat <<TRY

All of it runs until you press Ctrl-C here. The dashboard is at http://$dashboard/

In another terminal:

    . $dir/try

1. Deploy a new image and follow it through 10 %, 50 % and 100 %:

    boathook-sandbox image $SANDBOX_IMAGE:v3=good
    boathook send --environment production --image $SANDBOX_IMAGE:v3 $example --deployment-id try-1 --secret-file \$BOATHOOK_DEMO/secret.PRODUCTION

2. Deploy an image that crashes after 6 seconds, and see it rolled back by itself:

    boathook-sandbox image $SANDBOX_IMAGE:v4=crash-after:6s
    boathook send --environment production --image $SANDBOX_IMAGE:v4 $example --deployment-id try-2 --secret-file \$BOATHOOK_DEMO/secret.PRODUCTION

3. Ask what happened, why, and with which programs:

    boathook status
    boathook list
    boathook show try-2
    boathook commands try-2

4. Lock production, see a request refused, and unlock it:

    boathook lock production --for 1h --reason "trying things"
    boathook send --environment production --image $SANDBOX_IMAGE:v1 $example --deployment-id try-4 --secret-file \$BOATHOOK_DEMO/secret.PRODUCTION
    boathook unlock production

5. Roll back to what served before, and look at it, in boathook's words and in the cluster's:

    boathook rollback game-2048-prod
    boathook watch                            # until Ctrl-C
    boathook status
    kubectl get ksvc --all-namespaces
    boathook check
TRY
trap 'exit 0' INT TERM
while all_run; do sleep 1; done
fail "the sandbox or the handler has ended:
$(tail -n 20 "$dir/sandbox.log" "$dir/handler.log")"
