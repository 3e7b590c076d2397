#!/usr/bin/env bash
# umoci 0.4.7 (Debian's umoci 0.4.7+ds-3).
#
# Expected: the layer that `umoci insert` makes of a file is a whole tar: the file's bytes filled up to 512, and two empty blocks at the end.
# Seen:     it ends with the file's last byte, so a strict reader finds an end of file too early. GNU tar lists the file and ends with exit code 2. The digest
#           and the size in the manifest are those of the open layer, so they do not show it.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
command -v jq >/dev/null || { apt-get update -q && apt-get install -qy jq; } >/dev/null
apt-get update -qq && apt-get download -qq umoci 2>/dev/null && dpkg-deb -x umoci_*.deb .
echo 'a: 1' >settings.yaml
usr/bin/umoci init --layout image >/dev/null 2>&1
usr/bin/umoci new --image image:tag >/dev/null 2>&1
usr/bin/umoci insert --image image:tag settings.yaml /settings.yaml >/dev/null 2>&1
blob() { printf 'image/blobs/%s' "${1/://}"; }
manifest=$(blob "$(jq -r '.manifests[0].digest' image/index.json)")
gzip -dc "$(blob "$(jq -r '.layers[0].digest' "$manifest")")" >layer.tar
code=0
tar -tf layer.tar >listed 2>/dev/null || code=$?
seen="$(stat -c %s layer.tar) bytes for a file of $(stat -c %s settings.yaml); tar lists $(cat listed) and ends with $code"
echo "$seen"
[ "$seen" = '517 bytes for a file of 5; tar lists settings.yaml and ends with 2' ] || { echo 'changed: umoci closes the layer'; exit 1; }
