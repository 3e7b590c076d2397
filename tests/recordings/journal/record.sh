#!/usr/bin/env bash
# Makes format-7.sql: a journal as a boathook of commit aa2e926 wrote it, of the last format before 8. PROGRAM is that boathook, built; its sandbox is
# part of it. kubectl, curl and python3 must be in PATH.
#   tests/recordings/journal/record.sh PROGRAM CONFIG-AND-MANIFESTS >format-7.sql
set -euo pipefail
program=$1 folder=$2
cd "$folder"
dir=$(mktemp -d)
pids=()
stop() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  pids=()
}
trap 'stop; rm -rf "$dir"' EXIT
boathook() { "$program" "$@"; }
until_ok() { local tries=600; until "$@" >/dev/null 2>&1; do tries=$((tries - 1)); [ "$tries" -gt 0 ] || { echo "waited too long: $*" >&2; exit 1; }; sleep 0.1; done; }

"$program" sandbox --dir "$dir" >"$dir/sandbox.log" 2>&1 &
pids+=("$!")
until_ok grep -q ready "$dir/sandbox.log"
# shellcheck source=/dev/null
. "$dir/env"
export BOATHOOK_SOCKET="$dir/boathook.sock" BOATHOOK__SERVER__LISTEN=127.0.0.1:27411 BOATHOOK__SERVER__PUBLIC_URL=http://127.0.0.1:27411
export BOATHOOK__OPERATOR__SOCKET="$BOATHOOK_SOCKET" BOATHOOK__STATE__DIRECTORY="$dir/state"
export BOATHOOK__TOOLS__KUBECONFIG="$KUBECONFIG" BOATHOOK__TOOLS__PATH="$PATH"
for environment in DEVELOPMENT STAGING PRODUCTION; do
  service=game-2048-dev
  [ "$environment" = DEVELOPMENT ] || service=game-2048-staging
  mkdir -p "$dir/m/$environment"
  cat >"$dir/m/$environment/game.yaml" <<MANIFEST
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: $service, namespace: $service}
spec: {template: {spec: {containers: [{image: "game:1", ports: [{containerPort: 8080}]}]}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: $service}}
MANIFEST
  export "BOATHOOK__ENVIRONMENTS__${environment}__MANIFESTS=$dir/m/$environment"
  head -c 32 /dev/urandom | base64 >"$dir/secret.$environment"
  chmod 600 "$dir/secret.$environment"
  export "BOATHOOK__ENVIRONMENTS__${environment}__SECRETS=[{id: ci, file: $dir/secret.$environment}]"
  export "BOATHOOK__ENVIRONMENTS__${environment}__URL={scheme: http, domain: $SANDBOX_DOMAIN, ingress_address: '$SANDBOX_INGRESS'}"
  export "BOATHOOK__ENVIRONMENTS__${environment}__TRAFFIC={stages: {rolling: [{percent: 100, hold: 1s}], blue-green: [{percent: 50, hold: 30s}, {percent: 100, hold: 1s}]}}"
  export "BOATHOOK__ENVIRONMENTS__${environment}__HEALTH={path: /, expect_status: [200], timeout: 5s, cold_start: 15s, interval: 200ms, delay: 0s, consecutive_failures: 3, min_samples: 3, verify: null}"
done
export "BOATHOOK__ENVIRONMENTS__STAGING__APPROVAL={required: promotions, expires: 24h}"
export "BOATHOOK__ENVIRONMENTS__STAGING__PROMOTION={to: production, when: automatic, namespace: game-2048-prod, service_name: game-2048-prod}"
"$program" serve --config config >"$dir/handler.log" 2>&1 &
pids+=("$!")
until_ok curl -fsS http://127.0.0.1:27411/health
boathook sandbox image "$SANDBOX_IMAGE:bad=errors:80" >&2

# deployed TAG ID WORDS...: to development, as CI sends it.
deployed() {
  boathook send --url http://127.0.0.1:27411 --secret-file "$dir/secret.DEVELOPMENT" --environment development --image "$SANDBOX_IMAGE:$1" \
    --namespace game-2048-dev --service game-2048-dev --deployment-id "$2" --triggered-by jane --commit 4f2a9c1 "${@:3}" >&2 || true
}
has_status() { boathook list --environment "$1" --limit 1 | grep -q "$2"; }
newest() { boathook list --environment "$1" --limit 1 --json | sed -n 's/^ *"\(id\|job\)": "\(.*\)",\{0,1\}$/\2/p' | head -1; }

boathook lock production --reason "database migration" >&2
deployed v1 build-1
until_ok has_status staging "awaiting"
boathook approve "$(newest staging)" --note "looks good" >&2
until_ok has_status staging succeeded
deployed bad build-2
deployed v1 build-3 --strategy blue-green --no-follow
until_ok has_status development deploying
sleep 3
boathook abort build-3 --note slow >&2
until_ok has_status development aborted
deployed v2 build-4
until_ok has_status staging "awaiting"
boathook lock development --reason "for a moment" --for 1h >&2
boathook unlock development >&2
boathook rollback game-2048-dev --environment development --note "checkout fails" >&2
until_ok has_status development succeeded
deployed v2 build-5 --strategy blue-green --no-follow
until_ok has_status development deploying
sleep 4
boathook list >&2
boathook locks >&2
# In the middle of a hold.
kill -9 "${pids[1]}"
stop
python3 - "$dir/state/journal.db" <<'DUMP'
import sqlite3, sys
journal = sqlite3.connect(sys.argv[1])
for pragma in ("application_id", "user_version"):
    print(f"PRAGMA {pragma} = {journal.execute(f'PRAGMA {pragma}').fetchone()[0]};")
print("\n".join(line for line in journal.iterdump()))
DUMP
