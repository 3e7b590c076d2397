//! Connections of those who mean no good, against the real binary: each is answered or closed, and
//! who means well notices nothing.

use std::time::Duration;

use boathook_core::deployment::sign;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, interval, timeout},
};

use crate::support::serving::{SECRET, Serving};

/// How long anything may take before a test gives up on it.
const DEADLINE: Duration = Duration::from_secs(60);
const HEAD: &str = "POST /webhook/deploy HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                    x-github-event: deployment\r\n";

/// A handler in a hurry, which lets one application in and logs all it can.
async fn in_a_hurry() -> Serving {
    let default =
        "{server: {listen: 'ADDRESS', header_timeout: 1s, body_timeout: 1s}, log: {level: trace}}";
    let allowed = "allow: {images: ['ghcr.io/acme/*'], namespaces: [game], services: [game]}";
    Serving::start_with(default, &format!("secrets: [{{id: tests, file: DIR/secret}}]\n{allowed}"))
        .await
}

async fn connect(serving: &Serving) -> TcpStream {
    TcpStream::connect(&serving.address).await.unwrap()
}

/// What comes back for these bytes until the connection is closed, which it must be though the
/// sender keeps it open.
async fn answer(serving: &Serving, bytes: &[u8]) -> String {
    let mut stream = connect(serving).await;
    // Who is refused while still sending may find the connection closed.
    let _ = stream.write_all(bytes).await;
    until_closed(&mut stream).await
}

async fn status(serving: &Serving, bytes: &[u8]) -> String {
    answer(serving, bytes).await.split(' ').nth(1).unwrap_or("closed").to_owned()
}

/// A deployment as a good sender asks for it; the status.
async fn good(serving: &Serving) -> String {
    status(serving, signed().as_bytes()).await
}

async fn until_closed(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = timeout(DEADLINE, stream.read_to_end(&mut answer)).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(read.is_ok(), "the connection was not closed after: {answer}");
    answer
}

fn signed() -> String {
    signed_with(json!({}))
}

fn signed_with(more: Value) -> String {
    let mut body = json!({
        "environment": "production", "image": "ghcr.io/acme/game:2", "namespace": "game", "service_name": "game", "deployment_id": "1",
    });
    more.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
    let body = body.to_string();
    let length = body.len();
    let signature = sign(SECRET.as_bytes(), body.as_bytes());
    format!("{HEAD}x-signature-sha256: {signature}\r\ncontent-length: {length}\r\n\r\n{body}")
}

/// Sends the same piece now and then until the connection is closed; what came back.
async fn dribble(mut stream: TcpStream, piece: String) -> String {
    let mut ticks = interval(Duration::from_millis(50));
    let give_up = Instant::now() + DEADLINE;
    let (mut reader, mut writer) = stream.split();
    let mut answer = Vec::new();
    loop {
        assert!(Instant::now() < give_up, "it is still listened to");
        tokio::select! {
            _ = ticks.tick() => if writer.write_all(piece.as_bytes()).await.is_err() { break },
            read = reader.read_buf(&mut answer) => if read.unwrap_or(0) == 0 { break },
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_headers_and_slow_bodies_are_given_up_and_others_are_answered_meanwhile() {
    let serving = in_a_hurry().await;
    let beginnings = [
        String::new(),
        "POST /web".to_owned(),
        format!("{HEAD}x-slow: "),
        format!("{HEAD}content-length: 1000\r\n\r\n"),
        format!("{HEAD}transfer-encoding: chunked\r\n\r\n3e8\r\n"),
    ];
    let mut slow = Vec::new();
    for beginning in &beginnings {
        let mut stream = connect(&serving).await;
        stream.write_all(beginning.as_bytes()).await.unwrap();
        slow.push(tokio::spawn(dribble(stream, "x".to_owned())));
    }
    assert_eq!(good(&serving).await, "202");
    for (slow, beginning) in slow.into_iter().zip(beginnings) {
        let answer = slow.await.unwrap();
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 408 "),
            "after {beginning:?}: {answer}"
        );
    }
    assert_eq!(good(&serving).await, "200");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_says_nothing_is_closed() {
    let serving = in_a_hurry().await;
    assert_eq!(status(&serving, b"").await, "408");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_request_of_a_connection_must_come_in_time_and_not_only_the_first() {
    let serving = in_a_hurry().await;
    let health = "GET /health HTTP/1.1\r\nhost: x\r\n\r\n";
    let result = answer(&serving, health.repeat(3).as_bytes()).await;
    assert_eq!(result.matches("HTTP/1.1 200 ").count(), 3, "{result}");
    for next in ["", "x", "GET /health HTTP/1.1\r\nhost: x\r\nx-slow: "] {
        let mut stream = connect(&serving).await;
        stream.write_all(format!("{health}{next}").as_bytes()).await.unwrap();
        let result = dribble(stream, next.to_owned()).await;
        assert_eq!(result.matches("HTTP/1.1 200 ").count(), 1, "after {next:?}: {result}");
    }
    assert_eq!(good(&serving).await, "202");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_answered_slowly_keeps_its_connection() {
    let serving = in_a_hurry().await;
    let waits = signed_with(json!({"approval": true}))
        .replace("x-github-event", "prefer: wait=3\r\nx-github-event");
    // The first request of a connection has no deadline of ours; the one that waits is a later one.
    let result =
        answer(&serving, format!("GET /health HTTP/1.1\r\nhost: x\r\n\r\n{waits}").as_bytes())
            .await;
    assert!(result.starts_with("HTTP/1.1 200 ") && result.contains("HTTP/1.1 202 "), "{result}");
    assert!(result.contains("awaiting_approval"), "{result}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anyone_who_asks_too_often_loses_the_connection() {
    let default = "server: {listen: 'ADDRESS', requests_per_minute: 2, header_timeout: 1m}";
    let serving = Serving::start_with(default, "secrets: [{id: tests, file: DIR/secret}]").await;
    let mut stream = connect(&serving).await;
    stream
        .write_all("GET /nothing HTTP/1.1\r\nhost: x\r\n\r\n".repeat(3).as_bytes())
        .await
        .unwrap();
    let result = until_closed(&mut stream).await;
    let statuses: Vec<_> = result.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    assert_eq!(statuses, ["404", "404", "429"], "{result}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_many_connections_as_are_taken_leave_files_for_the_operator_and_for_programs() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
    let serving = Serving::start_with(
        "server: {listen: 'ADDRESS', header_timeout: 1m}",
        "secrets: [{id: tests, file: DIR/secret}]",
    )
    .await;
    let mut connections = Vec::new();
    for _ in 0..1280 {
        let mut stream = connect(&serving).await;
        stream.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let answered = timeout(DEADLINE, stream.read_u8()).await;
        assert!(
            matches!(answered, Ok(Ok(b'H'))),
            "after {} connections: {answered:?}",
            connections.len()
        );
        connections.push(stream);
    }
    let listed = serving.boathook("list").await;
    assert!(listed.starts_with("exit 0"), "{listed}");
    assert!(!serving.log().contains("Too many open files"), "{}", serving.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn header_bombs_and_broken_framing_are_refused_and_the_next_is_answered() {
    let serving = in_a_hurry().await;
    let many = (0..5000).map(|number| format!("x-{number}: 1\r\n")).collect::<String>();
    let large = "x".repeat(1 << 20);
    for (what, bytes) in [
        ("many headers", format!("{HEAD}{many}content-length: 2\r\n\r\n{{}}").into_bytes()),
        (
            "a large header",
            format!("{HEAD}x-large: {large}\r\ncontent-length: 2\r\n\r\n{{}}").into_bytes(),
        ),
        (
            "a large header name",
            format!("{HEAD}{large}: 1\r\ncontent-length: 2\r\n\r\n{{}}").into_bytes(),
        ),
        ("a large path", format!("GET /{large} HTTP/1.1\r\nhost: x\r\n\r\n").into_bytes()),
        (
            "NUL in a header",
            format!("{HEAD}x-nul: a\0b\r\ncontent-length: 2\r\n\r\n{{}}").into_bytes(),
        ),
        (
            "two lengths",
            format!("{HEAD}content-length: 2\r\ncontent-length: 3\r\n\r\n{{}}").into_bytes(),
        ),
        ("a negative length", format!("{HEAD}content-length: -1\r\n\r\n").into_bytes()),
        (
            "a length beyond numbers",
            format!("{HEAD}content-length: 99999999999999999999999\r\n\r\n").into_bytes(),
        ),
        (
            "a length and chunks",
            format!("{HEAD}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n")
                .into_bytes(),
        ),
        (
            "compressed chunks",
            format!("{HEAD}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n").into_bytes(),
        ),
        (
            "a chunk without end",
            format!("{HEAD}transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n").into_bytes(),
        ),
        (
            "a chunk that is no number",
            format!("{HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n").into_bytes(),
        ),
        ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
        ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec()),
        ("noise", (0..=255).cycle().take(4096).collect()),
    ] {
        let result = status(&serving, &bytes).await;
        assert!(result == "closed" || result.starts_with('4'), "{what}: {result}");
    }
    assert_eq!(good(&serving).await, "202");
    assert!(!serving.log().contains("panicked"), "{}", serving.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sends_a_large_body_is_not_listened_to_on_any_path() {
    let serving = in_a_hurry().await;
    let paths = [
        "POST /webhook/deploy",
        "POST /webhook/deploy/production",
        "POST /nothing",
        "GET /health",
        "GET /deployments/x?token=y",
        "PUT /",
    ];
    let framings = ["content-length: 10000000000", "transfer-encoding: chunked"];
    let mut senders = Vec::new();
    for (path, framing) in paths.iter().flat_map(|path| framings.map(|framing| (path, framing))) {
        let mut stream = connect(&serving).await;
        let head = format!(
            "{path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{framing}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        senders
            .push(tokio::spawn(dribble(stream, format!("10000\r\n{}\r\n", "x".repeat(0x10000)))));
    }
    for sender in senders {
        sender.await.unwrap();
    }
    assert_eq!(good(&serving).await, "202");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_signature_leaves_neither_the_right_one_nor_the_secret_in_the_most_talkative_log() {
    let serving = in_a_hurry().await;
    let honest = signed();
    let right = honest.split("sha256=").nth(1).unwrap()[..64].to_owned();
    let forged = honest.replace(&right, &"0".repeat(64));
    assert_eq!(status(&serving, forged.as_bytes()).await, "401");
    let log = serving.until(|log| log.contains("Refused a request: invalid signature")).await;
    assert!(!log.contains(&right) && !log.contains(SECRET), "{log}");
}
