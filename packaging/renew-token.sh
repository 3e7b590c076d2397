#!/usr/bin/env bash
# Gets a new token for boathook's account and puts it where boathook's kubeconfig looks for it. Run as root, by boathook-token.timer; the
# administrator's kubeconfig is the one that KUBECONFIG names. The token is in no argument list and is not printed.
set -euo pipefail
umask 077
account=boathook namespace=webhook-system
# kubectl reads the file at each call, so nothing has to be restarted.
token=${DESTDIR:-}/etc/boathook/token
kubectl=(kubectl)
command -v kubectl >/dev/null 2>&1 || kubectl=(k3s kubectl)

# Nobody's kuberc changes what kubectl does: none is looked for, and there is none in this home nor, without one, in the working directory.
home=$(mktemp -d)
new=$(mktemp "$token.XXXXXX")
trap 'rm -rf "$new" "$home"' EXIT
unset KUBECTL_KUBERC
KUBERC=off HOME=$home KUBECACHEDIR=$home/cache \
  timeout 90 "${kubectl[@]}" create token "$account" -n "$namespace" --duration=720h --request-timeout=60s >"$new"
# What kubectl wrote is looked at, and its exit code alone not believed.
[[ "$(cat "$new")" =~ ^[A-Za-z0-9._=-]+$ ]] || { echo "error: kubectl ended with 0, but what it wrote is no token" >&2; exit 1; }
if getent group boathook >/dev/null && [ "$(id -u)" -eq 0 ]; then chgrp boathook "$new"; fi
chmod 0640 "$new"
mv "$new" "$token"
