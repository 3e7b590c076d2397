#!/usr/bin/env bash
# serde 1.0.229, serde_json 1.0.154 and serde_yaml 0.9.34 (crates.io).
#
# Expected: a struct with `deny_unknown_fields` is read from a map with just these keys; a list in its place is an error.
# Seen:     serde_json takes `[10, 2]` too, and its items for the fields in the order in which the source declares them. Fields with a default may be left
#           out at the end, and to reorder the fields in the source changes what such a text means. `deny_unknown_fields` says nothing about it. The same
#           type, read by serde_yaml, refuses a list: how strict a type is depends on the format.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/src"
cat >"$dir/Cargo.toml" <<'END'
[package]
name = "lists"
version = "0.0.0"
edition = "2024"
[dependencies]
serde = { version = "=1.0.229", features = ["derive"] }
serde_json = "=1.0.154"
serde_yaml = "=0.9.34"
END
cat >"$dir/src/main.rs" <<'END'
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Limits {
    running: u32,
    #[serde(default)]
    queued: u32,
}

fn main() {
    for text in [r#"{"running": 10, "queued": 2}"#, "[10, 2]", "[10]", "[10, 2, 7]"] {
        let by_json = serde_json::from_str::<Limits>(text).map(|limits| (limits.running, limits.queued));
        let by_yaml = serde_yaml::from_str::<Limits>(text).map(|limits| (limits.running, limits.queued));
        println!("{text}: json {:?}, yaml {:?}", by_json.ok(), by_yaml.ok());
    }
}
END
seen=$(cargo run --quiet --manifest-path "$dir/Cargo.toml")
echo "$seen"
[ "$seen" = '{"running": 10, "queued": 2}: json Some((10, 2)), yaml Some((10, 2))
[10, 2]: json Some((10, 2)), yaml None
[10]: json Some((10, 0)), yaml None
[10, 2, 7]: json None, yaml None' ] || { echo 'changed: what a struct is read from'; exit 1; }
