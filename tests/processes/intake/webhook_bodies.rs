//! How a body is read: as it is, so much of it, and for so long.

use std::time::Duration;

use expect_test::expect;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::listening::Listening;

/// What a real listener answers to these bytes; the connection is left open by the sender.
async fn answer_to(listening: &Listening, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(listening.address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut answer)).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(read.is_ok(), "the connection was not closed after: {answer}");
    let telling =
        answer.lines().filter(|line| line.contains("HTTP/1.1 ") || line.contains("error"));
    telling.collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_real_connection_a_large_body_is_answered_without_being_read() {
    let listening = Listening::start();
    let head = "POST /webhook/deploy HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                x-github-event: deployment\r\n";
    let announced =
        answer_to(&listening, format!("{head}content-length: 99999999\r\n\r\n").as_bytes()).await;
    let chunks = format!("1000\r\n{}\r\n", " ".repeat(0x1000)).repeat(2);
    let endless = answer_to(
        &listening,
        format!("{head}transfer-encoding: chunked\r\n\r\n{chunks}").as_bytes(),
    )
    .await;
    expect![[r#"
        HTTP/1.1 413 Payload Too Large
        {"error":"the body is larger than 4096 bytes"}
        HTTP/1.1 413 Payload Too Large
        {"error":"the body is larger than 4096 bytes"}"#]]
    .assert_eq(&format!("{announced}\n{endless}"));
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_is_used_again_after_a_body_that_was_read() {
    let listening = Listening::start();
    let head = "POST /webhook/deploy HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let whole = format!("{head}content-length: 2\r\n\r\n{{}}");
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n");
    let last = format!("{head}connection: close\r\ncontent-length: 2\r\n\r\n{{}}");
    let answers = answer_to(&listening, format!("{whole}{chunked}{last}").as_bytes()).await;
    assert_eq!(answers.matches("401 Unauthorized").count(), 3, "{answers}");
    listening.stop().await;
}
