#!/usr/bin/env bash
# Gets a new token for boathook's account and puts it where boathook's kubeconfig looks for it. Run as root, by boathook-token.timer; the
# administrator's kubeconfig is the one that KUBECONFIG names. The token stands in no argument list and is not printed.
set -euo pipefail
umask 077
account=boathook namespace=webhook-system
# kubectl reads the file at each call, so nothing has to be started anew.
token=${DESTDIR:-}/etc/boathook/token
kubectl=(kubectl)
command -v kubectl >/dev/null 2>&1 || kubectl=(k3s kubectl)

new=$(mktemp "$token.XXXXXX")
trap 'rm -f "$new"' EXIT
"${kubectl[@]}" create token "$account" -n "$namespace" --duration=720h >"$new"
[ -s "$new" ] || { echo "error: kubectl gave no token" >&2; exit 1; }
if getent group boathook >/dev/null && [ "$(id -u)" -eq 0 ]; then chgrp boathook "$new"; fi
chmod 0640 "$new"
mv "$new" "$token"
trap - EXIT
