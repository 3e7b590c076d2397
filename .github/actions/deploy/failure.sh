# shellcheck shell=bash
# Which answers are worth another try: the table of src/failure/http.rs, which a test holds against this one. Sourced by deploy.sh, never run.

# The longest pause in seconds that a Retry-After can ask for.
readonly longest_retry_after=120

# transient CODE: whether an answer with this status code passes by itself. 520 to 530 come from an edge whose origin did not answer.
transient() { [[ $1 =~ ^(408|429|500|50[234]|52[0-9]|530)$ ]]; }

# retry_after HEADERS: the seconds that a Retry-After asks for, in REPLY; 0 where there is none in seconds.
retry_after() {
  local after=$'\nretry-after: *([0-9]{1,9})[[:space:]]*(\r|$)'
  REPLY=0
  if [[ $'\n'${1,,} =~ $after ]]; then REPLY=$((10#${BASH_REMATCH[1]})); fi
  if [[ $REPLY -gt $longest_retry_after ]]; then REPLY=$longest_retry_after; fi
}
