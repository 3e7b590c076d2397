#!/usr/bin/env bash
# The dashboard's page of the environments in a real browser: a graph that fans out, from dev over qa to two regions, of which one waits for an
# approval and the other for its deployment window, and a service whose rollback holds it. Fails where the page does not show them, does not fit, or
# keeps people out. Pictures are left, light and dark.
#   trials/graph-pictures.sh [DIRECTORY]     without DIRECTORY in target/screenshots
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

say "starting a simulated k3s with Knative, and a handler with four environments"
start_sandbox "$dir"
mkdir "$dir/config"
cp config/default.yaml "$dir/config"

# environment NAME SETTINGS: its file, and the manifests of two services in a namespace of its own.
environment() {
  local name=$1 service
  mkdir -p "$dir/manifests/$name"
  sed "s/name: game-2048-dev/name: apps-$name/" manifests/development/00-namespace.yaml >"$dir/manifests/$name/00-namespace.yaml"
  for service in shop search; do
    sed "s/namespace: game-2048-dev/namespace: apps-$name/; s/name: game-2048-dev/name: $service/" manifests/development/10-game-2048.yaml \
      >"$dir/manifests/$name/10-$service.yaml"
  done
  [ -f "$dir/secret.$name" ] || (umask 077 && head -c 32 /dev/urandom | base64 >"$dir/secret.$name")
  cat >"$dir/config/$name.yaml" <<SETTINGS
secrets: [{id: demo, file: $dir/secret.$name}]
manifests: $dir/manifests/$name
allow: {images: ["ghcr.io/*/*"], namespaces: [apps-$name], services: [shop, search]}
url: {scheme: http, domain: $SANDBOX_DOMAIN, ingress_address: "$SANDBOX_INGRESS"}
traffic: {stages: {rolling: [{percent: 100, hold: 1s}]}}
health: {path: /, expect_status: [200], timeout: 5s, cold_start: 15s, interval: 200ms, delay: 0s, consecutive_failures: 3, min_samples: 3, verify: null}
$2
SETTINGS
}

environment dev "promotion: {to: qa, when: automatic, namespace: apps-qa}"
environment qa "promotion: [{to: production-eu, when: approval, namespace: apps-production-eu},
            {to: production-us, when: automatic, namespace: apps-production-us}]"
environment production-eu "approval: {expires: 3d}"
environment production-us ""
BOATHOOK__OPERATOR__LISTEN="127.0.0.1:$(free_port)"
export BOATHOOK__OPERATOR__LISTEN
serve_handler "$dir" "$dir/config"

# deployed SERVICE TAG: to dev, as CI sends it.
deployed() {
  boathook send --url "$HANDLER_URL" --secret-file "$dir/secret.dev" --environment dev --image "ghcr.io/acme/$1:$2" \
    --namespace apps-dev --service "$1" --deployment-id "$1-$2" --triggered-by ci --commit "$2"
}

# listed ENVIRONMENT SERVICE STATUS: the newest deployment there, once it has that status.
listed() {
  wait_for "$2 in $1 to be $3" 60 has_status "$@"
  boathook list --environment "$1" --service "$2" --limit 1 --json | sed -n 's/^ *"id": "\(.*\)",$/\1/p'
}

has_status() { boathook list --environment "$1" --service "$2" --limit 1 | grep -q " $3 "; }

for image in shop:v1 shop:v2 search:v1 search:v2; do boathook-sandbox image "ghcr.io/acme/$image=good" >/dev/null; done
for service in shop search; do
  say "$service v1 through all environments"
  deployed "$service" v1
  boathook approve "$(listed production-eu "$service" "awaiting approval")" >/dev/null
  listed production-eu "$service" succeeded >/dev/null
  listed production-us "$service" succeeded >/dev/null
done
say "v2 as far as it comes: production-us opens in nine hours"
environment production-us "windows: {allow: [{cron: \"0 $((($(date -u +%-H) + 9) % 24)) * * *\", lasts: 1h}]}"
boathook reload >/dev/null
for service in shop search; do
  deployed "$service" v2
  listed production-eu "$service" "awaiting approval" >/dev/null
  listed production-us "$service" "awaiting window" >/dev/null
done
say "an operator rolls search back in qa"
boathook rollback search --environment qa --note "results are stale" >/dev/null
listed qa search succeeded >/dev/null

say "the page in the browser"
python3 trials/graph-in-browser.py "http://$BOATHOOK__OPERATOR__LISTEN" "$pictures" "needs an approval before" \
  "waits for the deployment window, which opens at" "held" "withdrawn" "production-us"
