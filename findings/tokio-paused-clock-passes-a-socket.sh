#!/usr/bin/env bash
# tokio 1.54.1 (crates.io).
#
# Expected: with a paused clock, `timeout(10 s, read from a socket)` waits for a server on this machine that answers after a twentieth of a second.
# Seen:     the timeout fires at once, in real time before the server could answer. A paused clock moves on as soon as all tasks wait, and a task that
#           waits for a socket waits too; so does one that waits for a plain thread. A closure in `spawn_blocking` holds the clock until it returns.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/src"
cat >"$dir/Cargo.toml" <<'END'
[package]
name = "paused"
version = "0.0.0"
edition = "2024"
[dependencies]
tokio = { version = "=1.54.1", features = ["io-util", "macros", "net", "rt", "sync", "test-util", "time"] }
END
cat >"$dir/src/main.rs" <<'END'
use std::{io::Write as _, net::TcpListener, thread, time::{Duration, Instant}};

use tokio::{io::AsyncReadExt as _, net::TcpStream, sync::oneshot, task::spawn_blocking, time::timeout};

const LIMIT: Duration = Duration::from_secs(10);
const WORK: Duration = Duration::from_millis(50);

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let started = Instant::now();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        thread::sleep(WORK);
        let _ = stream.write_all(b"well");
    });
    let mut stream = TcpStream::connect(address).await.unwrap();
    let socket = timeout(LIMIT, stream.read_u32()).await.is_ok();

    let (sender, receiver) = oneshot::channel();
    thread::spawn(move || {
        thread::sleep(WORK);
        let _ = sender.send(());
    });
    let plain_thread = timeout(LIMIT, receiver).await.is_ok();
    let both = started.elapsed();

    let blocking = timeout(LIMIT, spawn_blocking(|| thread::sleep(WORK))).await.is_ok();
    println!("in time: socket {socket}, thread {plain_thread}, spawn_blocking {blocking}; two timeouts of 10 s took {both:.1?}");
    std::process::exit(i32::from(socket || plain_thread || !blocking || both > Duration::from_secs(5)));
}
END
cargo run --quiet --manifest-path "$dir/Cargo.toml" || { echo 'changed: what holds a paused clock'; exit 1; }
