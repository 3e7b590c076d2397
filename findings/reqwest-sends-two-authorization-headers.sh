#!/usr/bin/env bash
# reqwest 0.13.5 (crates.io).
#
# Expected: a request with `bearer_auth` carries one Authorization header, that one; or the user in the address is left out.
# Seen:     a user in the address becomes a Basic header, and `bearer_auth` adds a second Authorization header beside it. A server that takes no doubled
#           header refuses the request, and another one may read either.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/src"
cat >"$dir/Cargo.toml" <<'END'
[package]
name = "asks"
version = "0.0.0"
edition = "2021"
[dependencies]
reqwest = { version = "=0.13.5", default-features = false }
tokio = { version = "1", features = ["macros", "rt"] }
END
cat >"$dir/src/main.rs" <<'END'
use std::{io::{Read, Write}, net::TcpListener, thread};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let heard = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let length = client.read(&mut request).unwrap();
        client.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    let url = format!("http://jane:pw@{address}/");
    reqwest::Client::builder().no_proxy().build().unwrap().get(url).bearer_auth("token").send().await.unwrap();
    let heard = heard.join().unwrap();
    let lines: Vec<_> = heard.lines().filter(|line| line.to_lowercase().starts_with("authorization:")).collect();
    println!("{}", lines.join("\n"));
    std::process::exit(i32::from(lines.len() != 2));
}
END
cargo run --quiet --manifest-path "$dir/Cargo.toml" || { echo 'changed: one Authorization header is sent'; exit 1; }
