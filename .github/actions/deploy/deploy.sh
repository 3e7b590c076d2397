#!/usr/bin/env bash
# Sends one signed deployment to boathook, follows it to its end, and tells GitHub Actions how it went.
# Needs bash 4.4, curl and openssl, and nothing else. The inputs are the variables that action.yml sets; no program gets the secret as an
# argument or a variable. Ends 0 success, 1 failed or rolled back, 2 refused or wrong usage, 3 unreachable, 4 still running at the deadline.
set -euo pipefail
# Bytes, not characters: what is signed and what is parsed stays what it is.
export LC_ALL=C TZ=UTC
here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
# shellcheck source=.github/actions/deploy/json.sh
. "$here/json.sh"
# shellcheck source=.github/actions/deploy/failure.sh
. "$here/failure.sh"
# shellcheck source=.github/actions/deploy/signature.sh
. "$here/signature.sh"
# shellcheck source=.github/actions/deploy/tell.sh
. "$here/tell.sh"

# Seconds: for one post, for one question, from one question to the next, and at most from one post to the next.
readonly post_seconds=30 ask_seconds=10 ask_every=2 pause_longest=30

usage() { stop 2 "The deployment was not sent" "$1"; }

# pause SECONDS: waits, without a program for it.
pause() { read -rt "$1" <> <(:) || true; }

declare -A request=([environment]=${BOATHOOK_ENVIRONMENT:-} [image]=${BOATHOOK_IMAGE:-} [namespace]=${BOATHOOK_NAMESPACE:-}
  [service_name]=${BOATHOOK_SERVICE:-} [commit_sha]=${BOATHOOK_COMMIT:-} [triggered_by]=${BOATHOOK_TRIGGERED_BY:-}
  [deployment_strategy]=${BOATHOOK_STRATEGY:-} [confirmation]=${BOATHOOK_CONFIRMATION:-}
  # A re-run of a workflow has the same run id and another attempt, and is another deployment.
  [deployment_id]=${BOATHOOK_DEPLOYMENT_ID:-${GITHUB_RUN_ID:+$GITHUB_RUN_ID-${GITHUB_RUN_ATTEMPT:-1}}})

check_request() {
  local name
  for name in environment image namespace service_name deployment_id; do
    [[ -n ${request[$name]} ]] || usage "\`$name\` is empty"
  done
}

# read_deadline: of the time of day in which bash counts.
read_deadline() {
  local -A unit=([s]=1 [m]=60 [h]=3600)
  [[ ${BOATHOOK_TIMEOUT:-20m} =~ ^([0-9]{1,5})([smh])$ ]] || usage "\`timeout\` is a time such as 90s, 20m or 1h"
  deadline=$((SECONDS + 10#${BASH_REMATCH[1]} * unit[${BASH_REMATCH[2]}]))
}

# read_split: the percentages under the names that the webhook knows, as a further member of the body.
read_split() {
  split=''
  [[ -n ${BOATHOOK_TRAFFIC_SPLIT:-} ]] || return 0
  [[ $BOATHOOK_TRAFFIC_SPLIT =~ ^(([0-9]{1,3}),)?(([0-9]{1,3}),)?([0-9]{1,3})$ ]] ||
    usage "\`traffic-split\` is one to three rising percentages that end at 100, such as 10,50,100"
  split=",\"traffic_split\":{${BASH_REMATCH[2]:+\"initial\":${BASH_REMATCH[2]},}"
  split+="${BASH_REMATCH[4]:+\"intermediate\":${BASH_REMATCH[4]},}\"final\":${BASH_REMATCH[5]}}"
}

# read_url: boathook's address, or that of its webhook.
read_url() {
  local address='^https?://[^[:space:]"\?#]+$'
  root=${BOATHOOK_URL:-}
  [[ -n $root ]] || usage "\`url\` is empty: is the secret that holds boathook's address set in this repository or environment?"
  [[ $root =~ $address && $root != *\\* ]] || usage "\`url\` is no address such as https://hooks.example.com"
  while [[ $root == */ ]]; do root=${root%/}; done
  webhook=$root/webhook/deploy
  if [[ $root == */webhook/deploy* ]]; then webhook=$root root=${root%%/webhook/deploy*}; fi
}

read_secret() {
  [[ -n ${BOATHOOK_SECRET:-} ]] || usage "\`secret\` is empty: is it set in this repository or environment?"
  take_key "$BOATHOOK_SECRET"
  unset BOATHOOK_SECRET
}

# compose: the body of the request, made now. What is not set is left out.
compose() {
  local name
  printf -v body '{"timestamp":"%(%Y-%m-%dT%H:%M:%SZ)T"' -1
  for name in "${!request[@]}"; do
    [[ -n ${request[$name]} ]] || continue
    quoted "${request[$name]}"
    body+=",\"$name\":$REPLY"
  done
  body+="$split}"
}

# ask SECONDS ADDRESS HEADER...: posts `body`, or asks where it is empty. The answer is in `code`, `headers`, `answer`, `json` and `why`;
# `code` is empty where there is none. curl reads address and headers from a pipe: links and signatures are nobody else's business.
ask() {
  local seconds=$1 address=$2 with=()
  shift 2
  code='' headers='' json=()
  [[ -z $body ]] || with=(--data-binary @-)
  if [[ $((deadline - SECONDS)) -lt $seconds ]]; then seconds=$((deadline - SECONDS)); fi
  # For curl 0 means for ever.
  if [[ $seconds -lt 1 ]]; then seconds=1; fi
  if ! answer=$(curl -q -sS -i --proto '=http,https' --connect-timeout 10 --max-time "$seconds" "${with[@]}" \
    --config <(printf 'url = "%s"\n' "$address" && printf 'header = "%s"\n' "$@") 2>&1 < <(printf %s "$body")); then
    why=${answer##*$'\n'}
    why=${why#curl: }
    return
  fi
  answer+=$'\n'
  while [[ $answer == HTTP/*$'\r\n\r\n'* ]]; do
    headers=${answer%%$'\r\n\r\n'*}
    answer=${answer#*$'\r\n\r\n'}
  done
  if [[ $headers =~ ^HTTP/[0-9.]+\ ([0-9]{3}) ]]; then code=${BASH_REMATCH[1]}; fi
  if parse "$answer"; then why="$code: ${json[.error]-}"; else json=() why="$code: ${answer:0:200}"; fi
}

# post: posts until the deployment is taken. Once more is safe: the same id means the same deployment.
post() {
  local wait=1 next
  while :; do
    compose
    sign "$body"
    ask "$post_seconds" "$webhook" 'Content-Type: application/json' 'X-GitHub-Event: deployment' \
      "X-GitHub-Delivery: ${request[deployment_id]//[![:alnum:]._:-]/-}" "X-Signature-SHA256: $signature"
    case $code in
      200 | 202) return ;;
      '') ;;
      *) transient "$code" || stop 2 "boathook refused the deployment to ${request[environment]}" "$why" ;;
    esac
    retry_after "$headers"
    next=$((REPLY > wait ? REPLY : wait))
    [[ $((SECONDS + next)) -lt $deadline ]] || stop 3 "boathook is not reachable" "$why"
    say "$why; trying again in $next s"
    pause "$next"
    wait=$((wait * 2 < pause_longest ? wait * 2 : pause_longest))
  done
}

# follow: asks until the deployment has ended, or the time is over; `json` is how it was last seen. It is asked where the post was
# answered: how others reach boathook does not matter here.
follow() {
  local address=$root/deployments/${status_url##*/deployments/} seen=null
  body=''
  while [[ $SECONDS -lt $deadline ]]; do
    ask "$ask_seconds" "$address" 'Accept: application/json'
    if [[ $code == 200 && -n ${json[.status]-} ]]; then
      seen=$answer
      tell_steps
      ! settled || return 0
    fi
    pause "$ask_every"
  done
  parse "$seen"
}

# settled: nothing more happens by itself.
settled() { [[ -n ${json[.ended_at]-} || ${json[.status]-} == stuck ]]; }

# tell_steps: the steps that began since it was last asked.
tell_steps() {
  local at
  for ((at = 0; ; at++)); do
    case ${json[.steps.$at.status]-} in
      '') return ;;
      running | done | failed) ;;
      *) continue ;;
    esac
    [[ -n ${told[at]-} ]] || say "${json[.steps.$at.title]-}"
    told[at]=yes
  done
}

# result: the end of the deployment in words, or that it is not over.
result() {
  local -A words=([succeeded]='was deployed to' [rolled_back]='was rolled back in' [failed]='failed in' [aborted]='was called off in'
    [superseded]='was superseded in' [refused]='was refused in' [given_up]='was given up in'
    [stuck]='is stuck and needs a person in')
  result="${request[namespace]}/${request[service_name]} ${words[${json[.status]-unknown}]-still runs in} ${request[environment]}"
  reason=${json[.reason]-}
  if ! settled; then reason="it was not over after ${BOATHOOK_TIMEOUT:-20m}, and goes on without this job"; fi
  local at
  for ((at = 0; ; at++)); do
    [[ -n ${json[.notes.$at]-} ]] || return 0
    reason+=${reason:+$'\n'}"note: ${json[.notes.$at]}"
  done
}

# tell_outputs: what later steps may use.
tell_outputs() {
  local url=''
  [[ -z ${BOATHOOK_DOMAIN:-} ]] || url="https://${request[service_name]}.${request[namespace]}.$BOATHOOK_DOMAIN"
  output status "${json[.status]-}" '[a-z_]+'
  output revision "${json[.candidate]-}" '[a-z0-9.-]+'
  output digest "$digest" 'sha256:[0-9a-f]{64}'
  output service-url "$url" 'https://[a-zA-Z0-9.-]+'
}

tell_summary() {
  heading "$result"
  printf '|  |  |\n|---|---|\n' >>"$summary"
  row image "${request[image]}"
  row digest "$digest"
  row revision "${json[.candidate]-}"
  row "served before" "${json[.stable]-}"
  row deployment "${request[deployment_id]}"
  row "triggered by" "${request[triggered_by]}"
  [[ -z $reason ]] || indented "$reason"
  printf '\n[The deployment, step by step](%s)\n' "$status_url" >>"$summary"
}

check_request
read_deadline
read_split
read_url
read_secret
told=()
post
status_url=${json[.status_url]-}
[[ $status_url =~ ^[^[:space:]\<\>\(\)]*/deployments/[a-zA-Z0-9-]+\?token=[a-zA-Z0-9_-]+$ ]] ||
  stop 2 "The answer is not boathook's" "is \`url\` right?"
output job "${json[.job]-}" '[a-zA-Z0-9-]+'
output status-url "$status_url" '.+'
say "deployment ${request[deployment_id]}: ${json[.status]-}"
say "status: $status_url"
follow
digest=${json[.resolved_image]-}
digest=${digest##*@}
result
tell_outputs
tell_summary
if [[ ${json[.status]-} == succeeded ]]; then
  say "$result"
  [[ -z $reason ]] || say "$reason"
  exit 0
fi
annotate error "$result" "${reason:-no reason was recorded}"
if settled; then exit 1; else exit 4; fi
