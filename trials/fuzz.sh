#!/bin/sh
# The properties of everything that a stranger may send or a file may say, with many cases: trials/fuzz.sh [CASES] [PROPERTY]
set -eu
cd "$(dirname "$0")/.."
export PROPTEST_CASES="${1:-100000}" PROPTEST_MAX_SHRINK_ITERS=2000
exec cargo test --test spec -- --nocapture "properties::${2:-}"
