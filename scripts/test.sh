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
need_postgres

# Of a package that has no tests, or none that was asked for, cargo prints that it ran none.
without_empty_blocks() { sed -u '/^running 0 tests$/,/^test result:/d' | sed -u '/^$/N; /^\n$/D'; }

# Tests of programs wait more than they compute.
export RUST_TEST_THREADS=${RUST_TEST_THREADS:-$((3 * $(nproc)))}
log=$(mktemp)
again=$(mktemp)
status=0 second=''
trap 'rm -f "$log" "$again"; [ -z "$second" ] || kill "$second" 2>/dev/null || true' EXIT
say "building; the first time it takes minutes and fills target/ with about 4 GB"
cargo test --workspace --locked --no-run
# What keeps a journal keeps it in PostgreSQL too; what is about the file itself, or about the cluster's answers alone, is left out. It runs beside the
# others, half of which wait more than they compute.
if [ $# -eq 0 ]; then
  BOATHOOK_TEST_STORE=postgres RUST_TEST_THREADS=$(nproc) cargo test --workspace --locked --quiet --no-fail-fast --test spec -- \
    journal:: rollout:: crash::commits crash::watching a_death_at_any_commit_of_a_good_rollout a_death_at_any_commit_of_taking_over \
    --skip journal::on_disk --skip journal::older_program --skip rollout::permissions --skip rollout::outages >"$again" 2>&1 &
  second=$!
fi
cargo test --workspace --locked --quiet --no-fail-fast "$@" 2>&1 | tee "$log" | without_empty_blocks || status=$?
if [ -n "$second" ]; then
  say "the tests of journal, rollouts and crashes again, on PostgreSQL"
  wait "$second" || status=$?
  second=''
  without_empty_blocks <"$again"
fi
sed -n 's/^---- \(.*\) stdout ----$/failed: \1/p' "$log" "$again"
awk '/^test result:/ { passed += $4; failed += $6; skipped += $8 }
     END { printf "\n%d passed, %d failed, %d skipped\n", passed, failed, skipped }' "$log"
awk '/^test result:/ { passed += $4; failed += $6 }
     END { if (passed + failed) printf "on SQLite, and again on PostgreSQL: %d passed, %d failed\n", passed, failed }' "$again"
exit "$status"
