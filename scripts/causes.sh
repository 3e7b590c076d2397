#!/usr/bin/env bash
# How soon boathook says what keeps a new revision from starting: for each kind, the seconds from the first state of a pod, or the first
# event, that tells it to the line in boathook's record that says it, and how long the deployment took to end. With the real kubectl against a
# simulated cluster that it starts.
#   scripts/causes.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/need.sh
. "$here/scripts/need.sh"
# shellcheck source=scripts/handler.sh
. "$here/scripts/handler.sh"
# shellcheck source=scripts/trial.sh
. "$here/scripts/trial.sh"
cd "$here"
trial_arguments --sandbox
dir=$(mktemp -d)
trap 'trial_end; [ -n "${E2E_KEEP:-}" ] || rm -rf "$dir"' EXIT
extra="" podextra=""
: "${service:=}" "${namespace:=}" # trial_begin sets them

# The service as trial.sh has it, with what a case adds to its container and to its pod.
service_with() {
  cat <<YAML
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: $service, namespace: $namespace}
spec:
  template:
    spec:
$podextra
      containers:
        - image: $E2E_IMAGE_GOOD_1
          ports: [{containerPort: 8080}]
          readinessProbe: {httpGet: {path: /}, periodSeconds: 1}
$extra
YAML
}

# image NAME BEHAVIOUR: an image of the sandbox; prints its name.
image() {
  local name
  name=$(image_repository "$E2E_IMAGE_GOOD_1"):$1
  boathook sandbox image "$name=$2" >/dev/null
  printf '%s\n' "$name"
}

# object YAML: made in the namespace by an administrator.
object() { kubectl apply -n "$namespace" -f - >/dev/null; }

# cause KIND PATTERN IMAGE: one deployment, and when the record says PATTERN.
cause() {
  local kind=$1 pattern=$2
  service_with >"$dir/manifests/development/10-service.yaml"
  deploy development "$3"
  boathook logs "$(told .job)" --json >"$dir/records.json"
  local from
  from=$(jq '.[0].at' "$dir/records.json")
  { boathook sandbox changes pods; boathook sandbox changes events; boathook sandbox changes ksvc; } |
    jq -s --argjson from "$from" 'map(select(.at >= $from)) | sort_by(.at)' >"$dir/changes.json"
  jq -nr --arg kind "$kind" --arg pattern "$pattern" --arg status "$(told .status)" --slurpfile records "$dir/records.json" \
    --slurpfile changes "$dir/changes.json" -f scripts/causes.jq
  extra="" podextra=""
}

trial_begin "$dir" GOOD_1 GOOD_2
serve
deploy development "$E2E_IMAGE_GOOD_1"
is_whole || fail "the first deployment: $(told .reason)"
printf '%-28s %8s %8s  %s\n' "in s" told ended status

extra='          env: [{name: T, valueFrom: {secretKeyRef: {name: absent, key: k}}}]'
cause "Secret missing (env)" 'secret "absent" not found' "$E2E_IMAGE_GOOD_2"
extra='          volumeMounts: [{name: v, mountPath: /v}]' podextra='      volumes: [{name: v, secret: {secretName: absent}}]'
cause "Secret missing (volume)" 'secret "absent" not found' "$E2E_IMAGE_GOOD_2"
extra='          envFrom: [{configMapRef: {name: absent}}]'
cause "ConfigMap missing" 'configmap "absent" not found' "$E2E_IMAGE_GOOD_2"
cause "no command" 'no command specified' "$(image nocommand no-command)"
extra='          command: [/no/such]'
cause "wrong command" 'no such file or directory' "$(image programs programs:/app)"
extra='          imagePullPolicy: Never'
cause "crash" 'crashed' "$(image crash crash)"
extra='          resources: {limits: {memory: 32Mi}}'
cause "out of memory" 'OOMKilled' "$(image memory memory:64)"
podextra='      serviceAccountName: nobody'
cause "ServiceAccount missing" 'serviceaccount \"nobody\" not found' "$E2E_IMAGE_GOOD_2"
object <<<'{"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "quota"}, "spec": {"hard": {"pods": "1"}}}'
cause "quota" 'exceeded quota' "$E2E_IMAGE_GOOD_2"
kubectl delete resourcequota quota -n "$namespace" >/dev/null
object <<<'{"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "range"}, "spec": {"limits": [{"type": "Container", "max": {"memory": "64Mi"}}]}}'
extra='          resources: {limits: {memory: 128Mi}}'
cause "LimitRange" 'maximum memory usage' "$E2E_IMAGE_GOOD_2"
kubectl delete limitrange range -n "$namespace" >/dev/null
cause "no room" 'Insufficient cpu' "$(image noroom no-room)"
cause "port wrong" 'does not answer its readiness probe' "$(image port port:9999)"
