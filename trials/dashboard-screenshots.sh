#!/usr/bin/env bash
# The dashboard in a real browser: starts a simulated cluster and a handler, follows a rollout that succeeds and one that is rolled back in
# headless Chromium (CHROMIUM names another program), and fails where the pages do not change in place, where the browser objects to anything,
# where they scroll sideways, where they cannot be read without script or with the keyboard, or where axe-core finds what keeps people out.
# Pictures are left, light and dark.
#   trials/dashboard-screenshots.sh [DIRECTORY]     without DIRECTORY in target/screenshots
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/install-tools.sh
. "$here/scripts/install-tools.sh"
# shellcheck source=scripts/sandbox-and-handler.sh
. "$here/scripts/sandbox-and-handler.sh"
cd "$here"
pictures=${1:-target/screenshots}
need_chromium
have python3 || need_packages python3
need_axe "$here/target/tools"
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
quick='{path: /, expect_status: [200], timeout: 5s, cold_start: 15s, interval: 200ms, delay: 0s, consecutive_failures: 3, min_samples: 3, verify: null}'
export "BOATHOOK__ENVIRONMENTS__DEVELOPMENT__TRAFFIC={stages: {rolling: [{percent: 100, hold: 2s}]}}"
export "BOATHOOK__ENVIRONMENTS__STAGING__TRAFFIC={stages: {rolling: [{percent: 100, hold: 2s}]}}"
export "BOATHOOK__ENVIRONMENTS__PRODUCTION__TRAFFIC={stages: {blue-green: [{percent: 10, hold: 14s}, {percent: 50, hold: 3s}, {percent: 100, hold: 2s}]}}"
for environment in DEVELOPMENT STAGING PRODUCTION; do export "BOATHOOK__ENVIRONMENTS__${environment}__HEALTH=$quick"; done
export "BOATHOOK__ENVIRONMENTS__DEVELOPMENT__ALLOW={images: ['ghcr.io/*/*', 'registry.example.com/*/*'], namespaces: ['*'], services: ['*']}"
BOATHOOK__OPERATOR__LISTEN="127.0.0.1:$(free_port)"
export BOATHOOK__OPERATOR__LISTEN
start_handler "$dir"
dashboard="http://$BOATHOOK__OPERATOR__LISTEN"

# sending ENVIRONMENT SERVICE TAG: the words that send a deployment as CI does.
sending() {
  printf '%s\n' boathook send --url "$HANDLER_URL" --secret-file "$dir/secret.${1^^}" --environment "$1" --image "$SANDBOX_IMAGE:$3" \
    --namespace "$2" --service "$2" --deployment-id "$3" --commit "$3"
}

# failing COMMAND...: one that has to fail.
failing() { if "$@"; then fail "this was expected to fail: $*"; fi; }

for place in development:game-2048-dev staging:game-2048-staging production:game-2048-prod; do
  mapfile -t words < <(sending "${place%:*}" "${place#*:}" v1)
  "${words[@]}"
done
say "names as long as they may be, and an image that is nowhere"
long=a-service-with-a-name-as-long-as-boathook-lets-one-be
failing boathook send --url "$HANDLER_URL" --secret-file "$dir/secret.DEVELOPMENT" --environment development --namespace $long --service $long \
  --image registry.example.com/an-organization-with-a-long-name/an-image-with-a-long-name:v1.2.3-rc.4-build.20261129 \
  --deployment-id run-29999999999-attempt-1-of-a-very-long-workflow-name-that-somebody-chose-without-thinking-of-tables
mapfile -t words < <(sending development game-2048-dev no-such-tag)
failing "${words[@]}"
boathook-sandbox image "$SANDBOX_IMAGE:late=errors-after:11s:80" >/dev/null
say "two rollouts in the browser"
mapfile -t words < <(sending production game-2048-prod TAG)
python3 trials/dashboard-in-browser.py "$dashboard" "$pictures" game-2048-prod -- "${words[@]}"
if have promtool; then
  say "the metrics after that"
  curl -fsS "$dashboard/metrics" | promtool check metrics
fi
