#!/usr/bin/env bash
# Runs boathook's tests on a fresh machine: gets what is missing, builds, tests, and names the number of tests.
#   scripts/test.sh [FILTER]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/install-tools.sh
. "$here/scripts/install-tools.sh"
cd "$here"

need_c_compiler
need_rust "$here"
need_kubectl "$here/target/tools"
need_node "$here/target/tools"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
cargo test --workspace --locked --quiet --no-fail-fast "$@" 2>&1 | tee "$log" || status=$?
awk '/^test result:/ { passed += $4; failed += $6; skipped += $8 }
     END { printf "\n%d passed, %d failed, %d skipped\n", passed, failed, skipped }' "$log"
exit "$status"
