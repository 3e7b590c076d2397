# shellcheck shell=bash
# A throw-away namespace with one service, and a handler of its own beside it, on any cluster with Knative: what scripts/e2e.sh,
# kill-and-restart.sh, user-traffic.sh, benches/reaction-times.sh and benches/time-to-cause.sh have in common. Sourced, never run. A script
# calls `trial_start "$@"` first; nothing is left behind when it ends.
#
# These variables describe the cluster; --sandbox starts a simulated one and sets them all.
# KUBECONFIG           the cluster, with an account that may look, and make the namespace
# E2E_DOMAIN           the Knative domain: SERVICE.NAMESPACE.DOMAIN
# E2E_INGRESS          IP:PORT of the ingress, where the domain does not resolve
# E2E_LOCAL_INGRESS    IP:PORT of the gateway for services that only the cluster reaches; without it they are not tried
# E2E_SCHEME           http (default) or https
# E2E_IMAGE_GOOD_1, _GOOD_2, _CRASH (ends at start), _SLOW (takes over 1 s), _ERRORS (half of its answers are 500), _ABSENT (no such tag),
#   _LATE_ERRORS and _LATE_CRASH (so from about 6 s after its start on); each script names those that it needs
# E2E_IMAGE_RESTARTS (ends at its first two starts in a pod, which it counts in a file in /state), _HTTPS (redirects to https what does not
#   say X-Forwarded-Proto: https), _PATH_ONE (has the path /one, not /two), _PATH_TWO (/two, not /one): a case
#   that needs one that is not there is skipped
# E2E_PORT             the port on which the images listen (8080)
# E2E_PULL             yes or no: whether crictl pulls on this node (default: whether there is a crictl)
# CONTAINER_RUNTIME_ENDPOINT, IMAGE_SERVICE_ENDPOINT  the containerd that crictl pulls into, where it is not k3s's
# E2E_NAMESPACE        a name for the namespace (default: a new one); one that exists stays, without the service, and is never applied
# E2E_SERVICE          a name for the service (e2e)
# E2E_KUBECONFIG_DEPLOY  the account that the handler uses, where it is another than the one that looks (KUBECONFIG)
# E2E_MOVE_TAG         a command that gives the tag of the image in its argument to another image that is good
# E2E_BOATHOOK         a boathook to try, in place of one that is built here
# E2E_ONLY             a pattern (regex) of the functions of e2e.sh to run, such as '^(first|crash)$'; `first` makes the service for the others
# E2E_KEEP             not empty: the directory with configuration, logs and records stays

trial_environments=(development staging production)
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
# shellcheck source=scripts/install-tools.sh
. scripts/install-tools.sh
# shellcheck source=scripts/sandbox-and-handler.sh
. scripts/sandbox-and-handler.sh

# trial_start ARGUMENT...: `--sandbox` starts a sandbox, `--limited` takes an account that may deploy one service and no more, and a number is
# put into `count` where the script has a default there. Makes the directory `dir`, for all that the trial writes.
trial_start() {
  local argument
  trial_sandbox=no trial_limited=no
  for argument; do
    case $argument in
      --sandbox) trial_sandbox=yes ;;
      --limited) trial_limited=yes ;;
      *[!0-9]*) trial_usage ;;
      *) [ -n "${count:-}" ] && [ -n "$argument" ] || trial_usage && count=$argument ;;
    esac
  done
  dir=$(mktemp -d)
  trap 'trial_end; [ -n "${E2E_KEEP:-}" ] || rm -rf "$dir"' EXIT
}

trial_usage() { fail "usage: ${0##*/} [--sandbox] [--limited]${count:+ [N]}"; }

# The account in the sandbox's second kubeconfig is for one service only; on another cluster `trial_account` makes one.
trial_limits() {
  E2E_KUBECONFIG_DEPLOY=$dir/kubeconfig.limited
  [ "$trial_sandbox" = yes ] || return 0
  E2E_KUBECONFIG_DEPLOY=$dir/sandbox/kubeconfig.limited
  E2E_NAMESPACE=game-2048-dev E2E_SERVICE=game-2048-dev
}

# trial_account: an account in the trial's namespace that has what `boathook rbac` says for this service, and no more.
trial_account() {
  kubectl create serviceaccount boathook -n "$namespace" >/dev/null
  boathook rbac --config "$dir/config" --for "$namespace/$service" | sed "s/^    namespace: webhook-system$/    namespace: $namespace/" |
    kubectl apply -f - >/dev/null
  (
    umask 077
    kubectl create token boathook -n "$namespace" --duration=24h >"$dir/token"
    kubectl config view --raw --minify --flatten -o json |
      jq --rawfile token "$dir/token" '.users[0].user = {token: ($token | rtrimstr("\n"))}' >"$E2E_KUBECONFIG_DEPLOY"
  )
}

# trial_begin IMAGE...: boathook, the cluster, the images that are needed (GOOD_1 and so on; LATE_CRASH=crash-after:6s where a sandbox
# has to be given it, HTTPS?=https-only where another cluster need not have it), and the names of what is made there.
trial_begin() {
  need_curl
  have jq || need_packages jq
  need_kubectl "$PWD/target/tools"
  if [ -z "${E2E_BOATHOOK:-}" ] || { [ "$trial_sandbox" = yes ] && ! have boathook-sandbox; }; then
    need_c_compiler
    need_rust "$PWD"
    say "building"
    cargo build --locked --quiet --workspace
    PATH="$(build_folder . debug):$PATH"
  fi
  if [ -n "${E2E_BOATHOOK:-}" ]; then
    mkdir -p "$dir/bin" && ln -s "$(realpath "$E2E_BOATHOOK")" "$dir/bin/boathook" && PATH="$dir/bin:$PATH"
  fi
  if [ "$trial_sandbox" = yes ]; then mkdir -p "$dir/sandbox" && start_sandbox "$dir/sandbox"; fi
  if [ "$trial_limited" = yes ]; then trial_limits; fi
  local image needed=()
  for image in "$@"; do
    case $image in *=*) trial_image "${image%%[?=]*}" "${image#*=}" ;; esac
    case $image in *"?="*) ;; *) needed+=("E2E_IMAGE_${image%%=*}") ;; esac
  done
  trial_requires KUBECONFIG E2E_DOMAIN "${needed[@]}"
  namespace=${E2E_NAMESPACE:-boathook-e2e-$$-$RANDOM}
  service=${E2E_SERVICE:-e2e}
  scheme=${E2E_SCHEME:-http}
  trial_place
  trial_manifests
  trial_config
  if [ "$trial_limited$trial_sandbox" = yesno ]; then trial_account; fi
}

# trial_requires VARIABLE...: each has to be set.
trial_requires() {
  local name missing=()
  for name in "$@"; do [ -n "${!name:-}" ] || missing+=("$name"); done
  [ "${#missing[@]}" -eq 0 ] ||
    fail "not set: ${missing[*]} (the head of trials/cluster-setup.sh says what each is; with --sandbox all of them are set)"
}

# trial_arrange: manifests and configuration again, as the variables of `trial_service` and `trial_settings` (services: NAME: ...) say.
trial_arrange() {
  trial_manifests
  trial_config
  boathook reload >>"$dir/orders.log"
}

# The namespace, unless it was there before, and the service, for every environment; in development what `trial_beside` holds too.
trial_manifests() {
  local environment
  for environment in "${trial_environments[@]}"; do
    mkdir -p "$dir/manifests/$environment"
    if [ "$trial_ours" = yes ]; then trial_namespace >"$dir/manifests/$environment/00-namespace.yaml"; fi
    trial_service "$namespace" >"$dir/manifests/$environment/10-service.yaml"
  done
  printf '%s\n' "${trial_beside:-}" >"$dir/manifests/development/20-beside.yaml"
}

trial_namespace() { printf 'apiVersion: v1\nkind: Namespace\nmetadata: {name: %s}\n' "$namespace"; }

# trial_service NAMESPACE: the service; of its container `trial_env` is env, `trial_probe` what its probe asks, `trial_mounts` volumeMounts;
# `trial_containers` stands in place of it, `trial_labels` are the service's labels, `trial_volumes` its volumes.
trial_service() {
  local env=${trial_env:-'[{name: GREETING, value: hello}]'} probe=${trial_probe:-'httpGet: {path: /}'}
  local container="{image: $E2E_IMAGE_GOOD_1, ports: [{containerPort: ${E2E_PORT:-8080}}], env: $env,
           volumeMounts: ${trial_mounts:-[]}, readinessProbe: {$probe, periodSeconds: 1, timeoutSeconds: 5}}"
  cat <<YAML
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: $service, namespace: $1, labels: ${trial_labels:-{\}}}
spec:
  template:
    spec:
      volumes: ${trial_volumes:-[]}
      containers:
        - ${trial_containers:-$container}
YAML
}

# The shipped default.yaml, and three environments: development is quick, staging and production have a long first hold, staging has a limit
# on response times besides, and there a newer request takes the place of the one under way.
trial_config() {
  local environment images repository
  local -A rolling=([development]=2s [staging]=3s [production]=6s) first_hold=([development]=3s [staging]=8s [production]=8s)
  local -A newer=([development]=wait [staging]=replace [production]=wait) samples=([development]=10 [staging]=3 [production]=10)
  local inside=
  [ -z "${E2E_LOCAL_INGRESS:-}" ] || inside=", cluster_local: {ingress_address: '$E2E_LOCAL_INGRESS', scheme: http}"
  local -A latency=([development]=null [staging]='{percentile: 95, limit: 500ms}' [production]=null)
  images=$(for repository in "${!E2E_IMAGE_@}"; do image_repository "${!repository}"; done | sort -u | paste -sd, -)
  mkdir -p "$dir/config"
  cp config/default.yaml "$dir/config/"
  for environment in "${trial_environments[@]}"; do
    (umask 077 && head -c 32 /dev/urandom | base64 >"$dir/secret.$environment")
    cat >"$dir/config/$environment.yaml" <<YAML
secrets: [{id: e2e, file: $dir/secret.$environment}]
manifests: $dir/manifests/$environment
on_newer_request: ${newer[$environment]}
strategy: {default: rolling, allowed: [rolling, blue-green]}
traffic:
  stages:
    rolling: [{percent: 100, hold: ${rolling[$environment]}}]
    blue-green: [{percent: 10, hold: ${first_hold[$environment]}}, {percent: 50, hold: 3s}, {percent: 100, hold: 2s}]
allow: {images: [$images], namespaces: [$namespace, $namespace-missing], services: [$service, $service-two]}
pull: {enabled: $(crictl_is_usable && echo true || echo false)}
waits: {ready: 1m, unready_grace: 5s, poll_interval: 1s}
health: {delay: 0s, interval: 150ms, min_samples: ${samples[$environment]}, latency: ${latency[$environment]}}
url: {scheme: $scheme, domain: $E2E_DOMAIN, ingress_address: ${E2E_INGRESS:-null}$inside}
services: ${trial_settings:-{\}}
YAML
  done
}

crictl_is_usable() { [ "${E2E_PULL:-$(have crictl && echo yes)}" = yes ]; }

# image_repository IMAGE: without tag and digest.
image_repository() {
  local image=${1%%@*}
  case ${image##*/} in *:*) image=${image%:*} ;; esac
  printf '%s\n' "$image"
}

# serve: starts the handler, again and again on the same address.
serve() {
  local deploy_with=${E2E_KUBECONFIG_DEPLOY:-$KUBECONFIG}
  : "${trial_port:=$(free_port)}"
  HANDLER_URL="http://127.0.0.1:$trial_port"
  export BOATHOOK_SOCKET="$dir/boathook.sock"
  [ -z "${CONTAINER_RUNTIME_ENDPOINT:-}" ] || export BOATHOOK__TOOLS__ENVIRONMENT__CONTAINER_RUNTIME_ENDPOINT="$CONTAINER_RUNTIME_ENDPOINT"
  [ -z "${IMAGE_SERVICE_ENDPOINT:-}" ] || export BOATHOOK__TOOLS__ENVIRONMENT__IMAGE_SERVICE_ENDPOINT="$IMAGE_SERVICE_ENDPOINT"
  BOATHOOK__SERVER__LISTEN="127.0.0.1:$trial_port" BOATHOOK__SERVER__PUBLIC_URL="$HANDLER_URL" \
    BOATHOOK__OPERATOR__SOCKET="$BOATHOOK_SOCKET" BOATHOOK__STATE__DIRECTORY="$dir/state" \
    BOATHOOK__TOOLS__KUBECONFIG="$deploy_with" BOATHOOK__TOOLS__PATH="$PATH" \
    boathook serve --config "$dir/config" >>"$dir/handler.log" 2>&1 &
  printf '%s\n' "$!" >"$dir/handler.pid"
  disown "$!"
  wait_for_start "the handler" "$dir/handler.log" curl -fsS "$HANDLER_URL/health"
}

# halt SIGNAL: ends the handler, which another shell of this script may have started, and waits until it is gone.
halt() {
  local handler
  handler=$(cat "$dir/handler.pid")
  kill "-$1" "$handler" 2>/dev/null || true
  wait_for "the handler to end" 60 is_over "$handler"
}

# is_over PROCESS: whether it has ended, waited for or not.
is_over() { [ ! -e "/proc/$1" ] || grep -qs '^State:[[:space:]]*Z' "/proc/$1/status"; }

# trial_recover: after a case that failed: a handler that serves, and no deployment under way.
trial_recover() {
  if ! [ -e "$dir/handler.pid" ] || is_over "$(cat "$dir/handler.pid")"; then serve; fi
  local id
  for id in $(boathook list --json --limit 100 | jq -r '.[] | select(.ended_at == null).id'); do
    boathook abort "$id" --note "the case that sent it failed" >/dev/null 2>&1 || true
  done
  wait_for "deployments of the failed case to end" 120 none_under_way
  trial_arrange
}

none_under_way() { boathook list --json --limit 100 | jq -e 'all(.[]; .ended_at != null)'; }

# deploy ENVIRONMENT IMAGE [OPTION...]: as a CI job does it; the deployment as JSON in `answer`, how send ended in `exit`.
deploy() {
  local environment=$1 image=$2
  shift 2
  # shellcheck disable=SC2034 # read by the scripts that source this
  exit=0
  # shellcheck disable=SC2034
  answer=$(boathook send --url "$HANDLER_URL" --secret-file "$dir/secret.$environment" --environment "$environment" --image "$image" \
    --namespace "${into:-$namespace}" --service "$service" --triggered-by e2e --timeout 3m --json "$@" 2>>"$dir/send.log") || exit=$?
}

# field FILTER: of the latest answer.
field() { jq -r "$1 // empty" <<<"$answer" 2>/dev/null || true; }

# held_at PERCENT ENVIRONMENT IMAGE: sends a blue-green deployment, and comes back once its hold at this share has begun, with its `id`.
held_at() {
  boathook send --url "$HANDLER_URL" --secret-file "$dir/secret.$2" --environment "$2" --image "$3" --namespace "$namespace" \
    --service "$service" --strategy blue-green --timeout 3m --json >"$dir/held" 2>>"$dir/send.log" &
  sender=$!
  wait_for "a share of $1 %" 60 has_share "$1"
  id=$(newest)
  wait_for "a hold at $1 %" 30 is_holding
}

is_holding() { [ "$(recorded "$id" '[.[].event | select(.type == "step_started").step] | last')" = hold ]; }

# held_ended: waits for its end, as `deploy` does.
held_ended() {
  exit=0
  wait "$sender" || exit=$?
  answer=$(cat "$dir/held")
}

# follow ID: waits for the end of a deployment that was sent or ordered before, as `deploy` does.
follow() {
  wait_for "the end of $1" 180 has_ended "$1"
  answer=$(boathook show "$1" --json) exit=0
  # shellcheck disable=SC2034
  [ "$(field .status)" = succeeded ] || exit=1
}

has_ended() { boathook show "$1" --json | jq -e '.ended_at != null'; }

# newest: the id of the deployment that was accepted last.
newest() { boathook list --json --limit 1 | jq -r '.[0].id'; }

# recorded ID FILTER: what boathook's own record of a deployment tells.
recorded() { boathook commands "$1" --json | jq -r "$2"; }

# ends ID: how many events closed its record.
ends() { recorded "$1" '[.[] | select(.event.type == "ended")] | length'; }

# shares_recorded ID: the shares that its candidate had, each with its time; none where it went back before any.
shares_recorded() {
  # shellcheck disable=SC2016 # jq's variable
  recorded "$1" '
    [.[] | . as $record | (.event.finding?, .event.findings[]?) | select(.finding? == "serving") | "\(.is.percent) \($record.at)"]
    | if all(startswith("0 ")) then empty else .[] end'
}

ksvc() { kubectl get ksvc "$service" -n "$namespace" -o "jsonpath=$1"; }

revisions() { kubectl get revisions -n "$namespace" -l "serving.knative.dev/service=$service" -o name | sort; }

# shares: who gets which part of the requests, by the cluster's status, such as `e2e-00002=100`; a tag is shown too.
shares() { ksvc '{range .status.traffic[*]}{.revisionName}={.percent}{.tag}{" "}{end}' | sed 's/ $//'; }

# has_share PERCENT: whether the candidate gets this share.
has_share() { case "$(shares) " in *"=$1boathook "*) ;; *) return 1 ;; esac; }

# is_whole: Ready at its latest generation, and traffic names one revision, which gets everything, in status and in spec, without a tag.
is_whole() {
  local seen
  seen=$(kubectl get ksvc "$service" -n "$namespace" -o json) || return
  jq -e '(.metadata.generation == .status.observedGeneration)
    and any(.status.conditions[]; .type == "Ready" and .status == "True")
    and all(.spec.traffic, .status.traffic; length == 1 and .[0].percent == 100 and .[0].tag == null)
    and .spec.traffic[0].revisionName == .status.traffic[0].revisionName' <<<"$seen" >/dev/null
}

# serving_image: the image of the revision that gets everything, as its container names it.
serving_image() { kubectl get revision "$(serving)" -n "$namespace" -o 'jsonpath={.spec.containers[0].image}'; }

serving() { ksvc '{.status.traffic[0].revisionName}'; }

# ask: one request as a user makes it, for `trial_host` where that is another; prints the status code.
ask() {
  local through=()
  [ -z "${E2E_INGRESS:-}" ] || through=(--connect-to "::$E2E_INGRESS")
  curl -ks -m 10 -o /dev/null -w '%{http_code}\n' "${through[@]}" "$scheme://${trial_host:-$service.$namespace.$E2E_DOMAIN}/" || true
}

# watch_elsewhere KIND...: from now on, what happens to them in the namespace, for `changes`; a sandbox remembers that itself.
watch_elsewhere() {
  local kind
  for kind; do if [ -z "${SANDBOX_CONTROL:-}" ]; then watch_changes "$kind"; fi; done
}

# watch_changes KIND: each change with the time at which it was seen; a watch that ends is started again.
watch_changes() {
  (
    trap 'kill "$watch" 2>/dev/null; exit' TERM
    while :; do
      kubectl get "$1" -n "$namespace" -o json --watch --output-watch-events > >(seen_now >>"$dir/changes.$1") &
      watch=$!
      wait "$watch" || true
      sleep 0.1
    done
  ) &
  pids+=("$!")
}

# seen_now: of a watch's lines, the objects with their names and the time.
seen_now() {
  jq --unbuffered -c '
    now as $now
    | {at: "\($now | todate | rtrimstr("Z")).\($now * 1000 | floor % 1000 | tostring | "00\(.)"[-3:])Z", name: .object.metadata.name,
       object: (if .type == "DELETED" then null else .object end)}'
}

# changes KIND FROM: what happened since then, as one list.
changes() { all_changes "$1" | jq -s --argjson from "$2" 'map(select(.at >= $from))'; }

all_changes() { if [ -n "${SANDBOX_CONTROL:-}" ]; then boathook-sandbox changes "$1"; else cat "$dir/changes.$1"; fi; }

# users FILE: asks again and again, as users do, until `stop_users`; a line is the time and the status code.
users() {
  while :; do printf '%s %s\n' "$EPOCHREALTIME" "$(ask)"; sleep 0.02; done >"$1" &
  users=$!
  pids+=("$users")
}

stop_users() {
  kill "$users"
  wait "$users" 2>/dev/null || true
  # Without a request there is no failed one either.
  [ -s "$dir/users" ] || fail "no user asked for anything"
}

# trial_end: stops what was started and deletes what was made; for an EXIT trap.
trial_end() {
  if [ -e "${dir:-}/handler.pid" ]; then (halt TERM) || true; fi
  if [ -n "${namespace:-}" ] && [ -n "${KUBECONFIG:-}" ]; then
    if [ "$trial_ours" = yes ]; then
      kubectl delete namespace "$namespace" --ignore-not-found --wait=false >/dev/null || true
    else
      kubectl delete ksvc "$service" -n "$namespace" --ignore-not-found >/dev/null || true
    fi
  fi
  stop_all
}

# trial_place: makes sure that the namespace is ours to delete, or says that it is not. A limited account cannot make one.
trial_place() {
  trial_ours=no
  if kubectl get namespace "$namespace" >/dev/null 2>&1; then
    ! kubectl get ksvc "$service" -n "$namespace" >/dev/null 2>&1 || fail "$namespace/$service exists: name another with E2E_NAMESPACE"
    say "the namespace $namespace exists and stays"
    return
  fi
  trial_ours=yes
  if [ -n "${E2E_KUBECONFIG_DEPLOY:-}" ]; then trial_namespace | kubectl apply -f - >/dev/null; fi
}

# trial_image NAME BEHAVIOUR: the sandbox publishes E2E_IMAGE_NAME, again if it did before; other clusters have theirs already.
trial_image() {
  [ -n "${SANDBOX_CONTROL:-}" ] || return 0
  local image
  image=$(image_repository "$E2E_IMAGE_GOOD_1"):${1,,}
  boathook-sandbox image "$image=$2" >/dev/null
  declare -g "E2E_IMAGE_$1=$image"
}
