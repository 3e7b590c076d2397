# shellcheck shell=bash
# Cases and what they expect of a deployment's end, of what serves then, and of boathook's own record. Sourced, never run. Expects trial.sh.

passed=0 failed=0 skipped=0 exit=0

# try NAME FUNCTION: a case; `expect` inside it says what is wrong.
try() {
  why=()
  SECONDS=0
  "$2"
  if [ "${#why[@]}" -eq 0 ]; then
    passed=$((passed + 1))
    printf 'ok - %s (%s s)\n' "$1" "$SECONDS"
  else
    failed=$((failed + 1))
    printf 'not ok - %s\n' "$1"
    printf '    %s\n' "${why[@]}" "send ended $exit: $(told .status) $(told .reason)" "traffic: $(shares)"
  fi
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
ended() { is "$(told .status)" "$1"; }
new_revisions() { comm -13 <(printf '%s\n' "$before") <(revisions) | grep -c . || true; }

# The state before a case.
remember() {
  before=$(revisions 2>/dev/null || true)
  stable=$(serving 2>/dev/null || true)
}

# expect_recorded EXIT END: what send ended with, and that boathook's own record tells the same and was closed once.
expect_recorded() {
  expect "send to end $1" is "$exit" "$1"
  expect "an end" ended "$2"
  expect "the same in its record" is "$(boathook show "$(told .job)" --json | jq -r .status)" "$2"
  expect "exactly one end in its record" is "$(ends "$(told .job)")" 1
}

# expect_success [REVISIONS]: it serves, and so many revisions are new since `remember`.
expect_success() {
  expect_recorded 0 succeeded
  expect "${1:-1} new revisions" is "$(new_revisions)" "${1:-1}"
  expect "all requests on the new revision" is "$(serving)" "$(told .candidate)"
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
