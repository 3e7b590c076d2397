#!/bin/sh
# The properties of everything that a stranger may send or a file may say, with many cases: trials/fuzz.sh [CASES] [PROPERTY]
set -eu
cd "$(dirname "$0")/.."
export PROPTEST_CASES="${1:-100000}" PROPTEST_MAX_SHRINK_ITERS=2000
# A name that no property has would run nothing, with success.
cargo test --locked --quiet --test spec -- --list "properties::${2:-}" | grep -q ': test$' || { echo "error: no property is called ${2:-}" >&2; exit 1; }
exec cargo test --locked --test spec -- --nocapture "properties::${2:-}"
