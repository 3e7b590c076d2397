# shellcheck shell=bash
# Cases and what they expect of a deployment's end, of what serves then, and of boathook's own record. Sourced, never run. Expects cluster-setup.sh.

# shellcheck disable=SC2034 # set and read by cluster-setup.sh too
passed=0 failed=0 skipped=0 exit=0 answer=

# try NAME FUNCTION: a case; `expect` inside it says what is wrong. It runs in a shell of its own, so that one that gives up is one that
# failed, and the next ones follow.
try() {
  local status
  [[ $2 =~ ${E2E_ONLY:-.} ]] || return 0
  SECONDS=0
  set +e
  (set -e && try_case "$1" "$2")
  status=$?
  set -e
  if [ "$status" -eq 0 ]; then passed=$((passed + 1)); else
    failed=$((failed + 1))
    (trial_recover) || say "what the failed case left behind is not over; the next ones may fail for that"
  fi
}

# try_case NAME FUNCTION: the case itself, which is reported however it ends.
try_case() {
  why=() case=$1 sender='' users=''
  # shellcheck disable=SC2317 # cluster-setup.sh and sandbox-and-handler.sh call it
  fail() { why+=("$*") && exit 1; }
  set -E
  trap 'why+=("\"$BASH_COMMAND\" failed")' ERR
  trap case_ended EXIT
  "$2"
}

case_ended() {
  local status=$?
  trap - ERR EXIT
  set +e
  for process in "$sender" "$users"; do [ -z "$process" ] || kill "$process" 2>/dev/null; done
  if [ "$status" -ne 0 ]; then why+=("it gave up"); fi
  if [ "${#why[@]}" -eq 0 ]; then
    printf 'ok - %s (%s s)\n' "$case" "$SECONDS"
    exit 0
  fi
  printf 'not ok - %s\n' "$case"
  printf '    %s\n' "${why[@]}" "send ended $exit: $(field .status) $(field .reason)" "traffic: $(shares 2>&1)"
  exit 1
}

skip() {
  skipped=$((skipped + 1))
  printf 'skipped - %s: %s\n' "$1" "$2"
}

# expect WHAT COMMAND...: the command has to succeed.
expect() {
  local what=$1
  shift
  "$@" || why+=("expected $what")
}

is() { [ "$1" = "$2" ] || { why+=("\"$1\" is not \"$2\""); return 1; }; }
contains() { case $1 in *"$2"*) ;; *) return 1 ;; esac; }
ended() { is "$(field .status)" "$1"; }
new_revisions() { comm -13 <(printf '%s\n' "$before") <(revisions) | grep -c . || true; }

# The state before a case.
remember() {
  before=$(revisions 2>/dev/null || true)
  stable=$(serving 2>/dev/null || true)
}

# expect_recorded EXIT END: what send ended with, and that boathook's own record says the same and was closed once.
expect_recorded() {
  expect "send to end $1" is "$exit" "$1"
  expect "an end" ended "$2"
  expect "the same in its record" is "$(boathook show "$(field .id)" --json | jq -r .status)" "$2"
  expect "exactly one end in its record" is "$(ends "$(field .id)")" 1
}

# expect_success [REVISIONS]: it serves, and so many revisions are new since `remember`.
expect_success() {
  expect_recorded 0 succeeded
  expect "${1:-1} new revisions" is "$(new_revisions)" "${1:-1}"
  expect "all requests on the new revision" is "$(serving)" "$(field .candidate)"
  expect "one revision with everything, Ready, no tag" is_whole
}

# expect_back END: what served before serves again.
expect_back() {
  expect_recorded 1 "$1"
  expect "all requests on $stable" is "$(serving)" "$stable"
  expect "one revision with everything, Ready, no tag" is_whole
  expect "an answer to users" is "$(ask)" 200
}

# sum_up: how many passed; fails where one did not.
sum_up() {
  printf '%d passed, %d failed' "$passed" "$failed"
  [ "$skipped" -eq 0 ] || printf ', %d skipped' "$skipped"
  printf '\n'
  [ "$failed" -eq 0 ]
}
