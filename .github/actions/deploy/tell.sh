# shellcheck shell=bash
# What GitHub Actions is told: lines of the log, annotations, outputs, the summary. Texts of the cluster may hold commands for the runner,
# control characters and Markdown; none of that leaves here as such. Sourced by deploy.sh, never run.

summary=${GITHUB_STEP_SUMMARY:-/dev/null}

# clean TEXT: as one harmless line, in REPLY.
clean() {
  REPLY=${1//[[:cntrl:]]/ }
  REPLY=${REPLY//$'\xe2\x80'[$'\xaa'-$'\xae']/?}
  REPLY=${REPLY//$'\xe2\x81'[$'\xa6'-$'\xa9']/?}
  REPLY=${REPLY//'##['/'## ['}
}

# say TEXT: a line of the log. It begins with the time, so it is never a command.
say() {
  clean "$1"
  printf '%(%H:%M:%S)T %s\n' -1 "$REPLY"
}

# annotate KIND TITLE TEXT: an annotation of the run, in which line breaks stay.
annotate() {
  local title text='' line
  clean "$2"
  title=${REPLY//'%'/%25}
  title=${title//:/%3A}
  title=${title//,/%2C}
  while IFS= read -r line; do
    clean "$line"
    text+=${text:+%0A}${REPLY//'%'/%25}
  done <<<"$3"
  printf '::%s title=%s::%s\n' "$1" "$title" "$text"
}

# output NAME VALUE PATTERN: an output of the step, empty where it does not look as it must.
output() {
  local value=''
  if [[ $2 =~ ^$3$ ]]; then value=$2; fi
  printf '%s=%s\n' "$1" "$value" >>"${GITHUB_OUTPUT:-/dev/null}"
}

# heading TEXT: in the summary.
heading() {
  clean "$1"
  printf '### %s\n\n' "${REPLY//[\`<>[]/ }" >>"$summary"
}

# row NAME VALUE: a row of the summary's table, where there is something to show.
row() {
  [[ -n $2 ]] || return 0
  clean "$2"
  # shellcheck disable=SC2016 # the backticks are Markdown's
  printf '| %s | `%s` |\n' "$1" "${REPLY//[\`|]/ }" >>"$summary"
}

# indented TEXT: in the summary, as text that no Markdown can leave.
indented() {
  local line
  printf '\n' >>"$summary"
  while IFS= read -r line; do
    clean "$line"
    printf '    %s\n' "$REPLY" >>"$summary"
  done <<<"$1"
}

# stop EXIT TITLE TEXT: nothing was deployed, as far as is known here.
stop() {
  annotate error "$2" "$3"
  heading "$2"
  indented "$3"
  exit "$1"
}
