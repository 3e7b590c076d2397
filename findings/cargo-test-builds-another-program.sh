#!/usr/bin/env bash
# cargo of this machine (seen with 1.95.0), regex 1.13.2 (crates.io).
#
# Expected: an integration test that runs the program (`CARGO_BIN_EXE_...`) runs what `cargo build` makes.
# Seen:     `cargo test` builds the program with the features that the dev-dependencies turn on in shared crates, `cargo build` without them. Where a
#           test's dependency brings regex with its Unicode tables, the tested program reads `\s` and the shipped one panics at it.
#           Resolver 2 and 3 keep dev-dependencies out of a plain build only; they do not give the tests the plain program.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/src" "$dir/tests"
cat >"$dir/Cargo.toml" <<'END'
[package]
name = "shipped"
version = "0.0.0"
edition = "2024"
[dependencies]
regex = { version = "=1.13.2", default-features = false, features = ["std"] }
[dev-dependencies]
regex = "=1.13.2"
END
cat >"$dir/src/main.rs" <<'END'
fn main() {
    let pattern = regex::Regex::new(r"token:\s*").expect("a pattern that is right");
    println!("{}", pattern.is_match("token: secret"));
}
END
cat >"$dir/tests/runs.rs" <<'END'
#[test]
fn the_program_runs() {
    let ran = std::process::Command::new(env!("CARGO_BIN_EXE_shipped")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "true\n", "{}", String::from_utf8_lossy(&ran.stderr));
}
END
cd "$dir"
cargo --version
tested=$(CARGO_TARGET_DIR=$dir/tested cargo test --quiet --test runs 2>&1 | grep -c '^test result: ok. 1 passed' || true)
shipped=$(CARGO_TARGET_DIR=$dir/shipped cargo run --quiet 2>&1 | grep -o 'Unicode-aware Perl class not found' || true)
printf 'tests that pass: %s\nthe program:     %s\n' "$tested" "$shipped"
[ "$tested:$shipped" = '1:Unicode-aware Perl class not found' ] || { echo 'changed: the tests run the program that is shipped'; exit 1; }
