#!/usr/bin/env bash
# Records what two relays write to their subscribers: smee.io's server (commit 922d925 of probot/smee.io, node 20) and gosmee's (commit 40c226c of
# chmouel/gosmee). Each gets compact.json, as JSON.stringify writes it, and spaced.json, signed with the secret of the tests, and spaced.json with the
# headers of Forgejo. SMEE is smee.io's folder after `npm install --omit=dev`; GOSMEE is the program. openssl and curl must be in PATH.
#   tests/recordings/relays/record.sh SMEE GOSMEE
set -euo pipefail
smee=$(realpath "$1") gosmee=$(realpath "$2")
cd "$(dirname "$0")"
dir=$(mktemp -d)
pids=()
stop() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$dir"
}
trap stop EXIT
until_ok() { local tries=400; until "$@" >/dev/null 2>&1; do tries=$((tries - 1)); [ "$tries" -gt 0 ] || { echo "waited too long: $*" >&2; exit 1; }; sleep 0.1; done; }

# A server without its pages, which nobody asks for here.
touch "$smee"/public/main.min.css "$smee"/public/main.min.js
(cd "$smee" && PORT=27421 exec node lib/server.js) >"$dir/smee.log" 2>&1 &
pids+=("$!")
"$gosmee" server --address 127.0.0.1 --port 27422 >"$dir/gosmee.log" 2>&1 &
pids+=("$!")
until_ok curl -fsS http://127.0.0.1:27421/favicon.ico
until_ok curl -fsS http://127.0.0.1:27422/livez

# posted URL BODY DELIVERY HEADERS...
posted() {
  local mac
  mac=$(openssl dgst -sha256 -hmac 'the secret of development, for tests' -r <"$2" | cut -d ' ' -f 1)
  curl -fsS -o "$dir/answer" "$1" -H 'Content-Type: application/json' -H 'User-Agent: curl' -H "X-GitHub-Delivery: $3" \
    -H "X-Hub-Signature-256: sha256=$mac" "${@:4}" --data-binary "@$2"
}

# recorded NAME SUBSCRIBE PUBLISH: the bytes of one subscription, to a keep-alive.
recorded() {
  curl -fsSN "$2" -H 'Accept: text/event-stream' >"$dir/$1" &
  pids+=("$!")
  until_ok grep -q ready "$dir/$1"
  posted "$3" compact.json 00000000-0000-4000-8000-000000000001 -H 'X-GitHub-Event: deployment'
  posted "$3" spaced.json 00000000-0000-4000-8000-000000000002 -H 'X-GitHub-Event: deployment'
  posted "$3" spaced.json 00000000-0000-4000-8000-000000000003 -H "X-Forgejo-Event: deployment" -H "X-Gitea-Event: deployment" \
    -H "X-Gogs-Event: deployment" -H "X-GitHub-Event: deployment" -H "X-Forgejo-Signature: $(mac_of spaced.json)" -H "X-Gitea-Signature: $(mac_of spaced.json)"
  until_ok grep -q 'keepalive\|event: ping' "$dir/$1"
  cp "$dir/$1" "$1.txt"
}
mac_of() { openssl dgst -sha256 -hmac 'the secret of development, for tests' -r <"$1" | cut -d ' ' -f 1; }

recorded smee http://127.0.0.1:27421/a-channel-of-tests http://127.0.0.1:27421/a-channel-of-tests
recorded gosmee http://127.0.0.1:27422/events/a-channel-of-tests http://127.0.0.1:27422/a-channel-of-tests
