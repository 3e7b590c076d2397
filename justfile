# Shortcuts for contributors; `just` lists them. Each runs on a fresh machine: the scripts get what is missing.

# List the commands.
default:
    @just --list

# Format, lints and documentation.
check:
    .ci/run lints

# All tests, or those whose name contains FILTER.
test *FILTER:
    scripts/test.sh {{FILTER}}

# A rollout on a simulated cluster; with --keep it stays to be tried.
demo *ARGS:
    scripts/demo.sh {{ARGS}}

# The benchmarks, or some parts of them.
bench *PARTS:
    benches/measure.sh {{PARTS}}
