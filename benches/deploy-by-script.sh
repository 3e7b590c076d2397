#!/usr/bin/env bash
# What a rolling deployment comes to where a script does it: the same programs in the same order as boathook's, on the cluster of KUBECONFIG;
# a `kubectl wait` for each thing that boathook watches for. No record, no rollback, no deadline. Prints how many milliseconds it took.
#   benches/deploy-by-script.sh NAMESPACE SERVICE MANIFEST IMAGE     the service is there; MANIFEST is applied beside it
set -euo pipefail
namespace=$1 service=$2 manifest=$3 image=$4
deployment=bench-$$
began=$EPOCHREALTIME
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ksvc() { kubectl get ksvc "$service" -n "$namespace" -o json --ignore-not-found; }
# patch JSON: the service as it is then, in `seen`.
patch() { seen=$(kubectl patch ksvc "$service" -n "$namespace" --type json --field-manager script -o json -p "$1" 2>/dev/null); }
ready() { kubectl wait ksvc "$service" -n "$namespace" --for=condition=Ready --timeout=60s >/dev/null; }
ask() { curl -fsS -o /dev/null --connect-to "::$SANDBOX_INGRESS" "$1"; }

kubectl get namespace "$namespace" -o json --ignore-not-found >/dev/null
seen=$(ksvc)
crictl pull -- "$image" >/dev/null
digest=$(crictl inspecti -o json "$image" | jq -r '.status.repoDigests[0]')
cp "$manifest" "$work/"
stable=$(jq -r '.status.traffic[0].revisionName' <<<"$seen")
crictl pull -- "$(kubectl get revision "$stable" -n "$namespace" -o json | jq -r '.spec.containers[0].image')" >/dev/null
kubectl apply -f "$work" --field-manager script >/dev/null 2>&1
generation=$(jq .metadata.generation <<<"$seen")
template=$(jq --arg image "$digest" --arg deployment "$deployment" '.spec.template | del(.metadata.name) | .metadata.labels["boathook.dev/deployment"] = $deployment
  | .spec.containers[0].image = $image' <<<"$seen")
patch "$(jq -nc --argjson generation "$generation" --argjson template "$template" --arg stable "$stable" '[{op: "test", path: "/metadata/generation", value: $generation},
  {op: "replace", path: "/spec/template", value: $template}, {op: "replace", path: "/spec/traffic", value: [{revisionName: $stable, percent: 100}]}]')"
kubectl wait ksvc "$service" -n "$namespace" --for=condition=ConfigurationsReady --timeout=60s >/dev/null
candidate=$(kubectl get revisions -n "$namespace" -l "boathook.dev/deployment=$deployment" -o json | jq -r '.items[0].metadata.name')
kubectl wait revision "$candidate" -n "$namespace" --for=condition=Ready --timeout=60s >/dev/null &
ready
wait
share() {
  jq -nc --arg stable "$stable" --arg candidate "$candidate" --argjson percent "$1" '[{op: "replace", path: "/spec/traffic", value:
    [{revisionName: $stable, percent: (100 - $percent)}, {revisionName: $candidate, percent: $percent, tag: "boathook"}]}]'
}
patch "$(share 0)"
ready
ask "http://boathook-$service.$namespace.$SANDBOX_DOMAIN/"
patch "$(share 100)"
ready
ask "http://$service.$namespace.$SANDBOX_DOMAIN/"
patch "$(jq -nc --arg candidate "$candidate" '[{op: "replace", path: "/spec/traffic", value: [{revisionName: $candidate, percent: 100}]}]')"
ready
awk -v began="$began" -v ended="$EPOCHREALTIME" 'BEGIN { printf "%.0f\n", (ended - began) * 1000 }'
