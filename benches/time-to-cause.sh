#!/usr/bin/env bash
# How soon boathook says what keeps a new revision from starting: for each kind, the seconds from the first state of a pod, or the first
# event, that tells it to the line in boathook's record that says it, and how long the deployment took to end; once where another revision
# serves, and once as the first deployment of the service. Ends with 1 where boathook does not name a cause, in its record and in the reason that
# the sender gets, or not within 10 s.
#   benches/time-to-cause.sh [--sandbox]    against the cluster that E2E_DOMAIN, KUBECONFIG and so on name (see the head of
#                                           trials/cluster-setup.sh), or with --sandbox a simulated one that it starts. E2E_ONLY is a
#                                           pattern of the kinds to try
# Images that another cluster may have, besides those in cluster-setup.sh's head; a kind whose image is not there is left out:
# E2E_IMAGE_NO_COMMAND (does not say what is to be run), _MEMORY (takes more than 32 MiB), _PORT (does not listen
# on E2E_PORT)
set -euo pipefail
# shellcheck source=trials/cluster-setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/../trials/cluster-setup.sh"
trial_start "$@"
# The service's container, the ones beside it, its pod, and its readiness probe, with what a case adds to each.
extra="" beside="" pod="" probe="" turn=later
limit=10 # the seconds within which boathook promises a cause
: "${service:=}" "${namespace:=}" # trial_begin sets them
absent="dev.local/boathook-e2e" # Knative leaves the tags of this registry alone, so that it is the node that has no such image

service_with() {
  cat <<YAML
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: $service, namespace: $namespace}
spec:
  template:
    spec:
$pod
      containers:
        - image: $E2E_IMAGE_GOOD_1
          ports: [{containerPort: ${E2E_PORT:-8080}}]
          readinessProbe: {httpGet: {path: /}, periodSeconds: 1$probe}
$extra
$beside
YAML
}

# object YAML: made in the namespace by an administrator.
object() { kubectl apply -n "$namespace" -f - >/dev/null; }

is_gone() { [ -z "$(kubectl get ksvc "$service" -n "$namespace" -o name --ignore-not-found)$(revisions)" ]; }

delete_service() {
  kubectl delete ksvc "$service" -n "$namespace" --ignore-not-found >/dev/null
  wait_for "the service to be gone" 60 is_gone
}

# cause KIND PATTERN IMAGE: one deployment, and when the record says PATTERN. IMAGE is the end of the name of a variable, such as CRASH.
cause() {
  local pattern=$2 image=E2E_IMAGE_$3 kind from
  if [[ $1 =~ ${E2E_ONLY:-.} ]] && [ -n "${!image:-}" ]; then
    if [ "$turn" = first ]; then delete_service; fi
    service_with >"$dir/manifests/development/10-service.yaml"
    deploy development "${!image}"
    boathook commands "$(field .id)" --json >"$dir/records.json"
    from=$(jq '.[0].at' "$dir/records.json")
    for kind in pods events ksvc; do changes "$kind" "$from"; done | jq -s 'add | sort_by(.at)' >"$dir/changes.json"
    "$xtask" time-to-cause --kind "$1" --pattern "$pattern" --limit "$limit" --answer "$answer" \
      --records "$dir/records.json" --changes "$dir/changes.json" | tee -a "$dir/measured"
    [ -z "${E2E_KEEP:-}" ] || printf '%s\t%s\t%s\n' "$turn" "$1" "$(field .reason)" >>"$dir/reasons"
  fi
  extra="" beside="" pod="" probe=""
}

# under WHAT NAME CAUSE...: the case with an object, whose YAML is in stdin, that is deleted after it.
under() {
  local what=$1 name=$2
  shift 2
  object
  "$@"
  kubectl delete "$what" "$name" -n "$namespace" >/dev/null
}

all_kinds() {
  extra='          env: [{name: T, valueFrom: {secretKeyRef: {name: absent, key: k}}}]'
  cause "Secret missing (env)" 'secret "absent" not found' GOOD_2
  extra='          volumeMounts: [{name: v, mountPath: /v}]' pod='      volumes: [{name: v, secret: {secretName: absent}}]'
  cause "Secret missing (volume)" 'secret "absent" not found' GOOD_2
  extra='          envFrom: [{configMapRef: {name: absent}}]'
  cause "ConfigMap missing" 'configmap "absent" not found' GOOD_2
  beside="        - {name: beside, image: '$absent-:v1'}"
  cause "image name invalid" "couldn't parse image name" GOOD_2
  beside="        - {name: beside, image: '$absent:v1', imagePullPolicy: Never}"
  cause "image is never pulled" 'not present with pull policy of Never' GOOD_2
  beside="        - {name: beside, image: '$absent:v1'}"
  cause "image cannot be pulled" "$absent:v1" GOOD_2
  cause "no command" 'no command specified' NO_COMMAND
  extra='          command: [/no/such]'
  cause "wrong command" 'no such file or directory' PROGRAMS
  cause "crash" 'crashed' CRASH
  extra='          resources: {limits: {memory: 32Mi}}'
  cause "out of memory" 'OOMKilled' MEMORY
  extra='          livenessProbe: {httpGet: {path: /two}, initialDelaySeconds: 1, periodSeconds: 1, failureThreshold: 1}'
  # A first deployment has succeeded before that fails, unless it has to wait; a sandbox's pod would not wait.
  if [ "$turn" = first ]; then probe=', initialDelaySeconds: 10'; fi
  if [ "$turn$trial_sandbox" = firstyes ]; then extra="" probe=""; else cause "liveness probe" 'iveness probe' UNLIVELY; fi
  pod='      serviceAccountName: nobody'
  cause "ServiceAccount missing" 'serviceaccount "nobody" not found' GOOD_2
  under resourcequota quota cause "quota" 'exceeded quota' GOOD_2 \
    <<<'{"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "quota"}, "spec": {"hard": {"pods": "0"}}}'
  extra='          resources: {limits: {memory: 128Mi}}'
  under limitrange range cause "LimitRange" 'maximum memory usage' GOOD_2 \
    <<<'{"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "range"}, "spec": {"limits": [{"type": "Container", "max": {"memory": "64Mi"}}]}}'
  kubectl label namespace "$namespace" pod-security.kubernetes.io/enforce=restricted >/dev/null 2>&1
  cause "PodSecurity" 'violates PodSecurity' GOOD_2
  kubectl label namespace "$namespace" pod-security.kubernetes.io/enforce- >/dev/null 2>&1
  extra='          resources: {requests: {cpu: "1000"}}'
  cause "no room" 'Insufficient cpu' NO_ROOM
  cause "port wrong" 'does not answer its readiness probe' PORT
}

# name_taken: by a plain Service, which only the first deployment of a service can meet.
name_taken() {
  delete_service
  printf '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "%s"}, "spec": {"ports": [{"port": 80}]}}' "$service" |
    under service "$service" cause "name taken" 'do not own' GOOD_1
}

need_xtask "$PWD"
trial_begin GOOD_1 GOOD_2 CRASH 'PROGRAMS?=programs:/app' 'NO_COMMAND?=no-command' 'MEMORY?=memory:64' 'UNLIVELY?=lives-for:300ms' \
  'NO_ROOM?=no-room' 'PORT?=port:9999'
: "${E2E_IMAGE_PROGRAMS:=$E2E_IMAGE_GOOD_2}" "${E2E_IMAGE_NO_ROOM:=$E2E_IMAGE_GOOD_2}" "${E2E_IMAGE_UNLIVELY:=${E2E_IMAGE_PATH_ONE:-}}"
serve
watch_elsewhere ksvc pods events
: >"$dir/measured"
deploy development "$E2E_IMAGE_GOOD_1"
is_whole || fail "the first deployment: $(field .reason)"
printf '%-28s %8s %8s  %s\n' "in s, another one serves" reported ended status
all_kinds
printf '%-28s %8s %8s  %s\n' "in s, first deployment" reported ended status
turn=first
all_kinds
name_taken
played=$(grep -vc '^BAD' "$dir/measured" || true) bad=$(grep -c '^BAD' "$dir/measured" || true)
printf '%d played, %d wrong\n' "$played" "$bad"
[ "$played" -gt 0 ] && [ "$bad" -eq 0 ]
