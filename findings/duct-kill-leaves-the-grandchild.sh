#!/usr/bin/env bash
# duct 1.1.2 (crates.io).
#
# Expected: after `handle.kill()`, `handle.wait()` comes back at once: the documentation of kill says that it also waits.
# Seen:     kill reaches the child alone. With captured output, `wait` goes on until the last process that holds the pipe ends, here a `sleep` that the
#           killed shell had started. In a process group of its own, killed as a group, it comes back at once.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/src"
cat >"$dir/Cargo.toml" <<'END'
[package]
name = "kills"
version = "0.0.0"
edition = "2021"
[dependencies]
duct = "=1.1.2"
END
cat >"$dir/src/main.rs" <<'END'
use std::{os::unix::process::CommandExt, process::Command, thread::sleep, time::{Duration, Instant}};

const SCRIPT: &str = "sleep 4 & wait";

fn main() {
    let handle = duct::cmd("sh", ["-c", SCRIPT]).stdout_capture().unchecked().start().unwrap();
    sleep(Duration::from_millis(300));
    let killed = Instant::now();
    let _ = handle.kill();
    let _ = handle.wait();
    let child_alone = killed.elapsed();

    let handle = duct::cmd("sh", ["-c", SCRIPT])
        .stdout_capture()
        .unchecked()
        .before_spawn(|command| { command.process_group(0); Ok(()) })
        .start()
        .unwrap();
    sleep(Duration::from_millis(300));
    let killed = Instant::now();
    Command::new("kill").args(["-KILL", "--", &format!("-{}", handle.pids()[0])]).status().unwrap();
    let _ = handle.wait();
    let group = killed.elapsed();
    println!("after kill(): {child_alone:.1?}; after a kill of the group: {group:.1?}");
    std::process::exit(i32::from(child_alone < Duration::from_secs(2) || group > Duration::from_secs(2)));
}
END
cargo run --quiet --manifest-path "$dir/Cargo.toml" || { echo 'changed: kill reaches the grandchild, or wait does not wait for it'; exit 1; }
