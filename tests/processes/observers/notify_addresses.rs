//! Where notifications may go: out, and inside only where config says so. Whatever a URL calls the
//! place.

use std::time::Duration;

use boathook::{
    config::Network,
    observers::notify::{DeliveryError, DeliveryResponse, HttpTransport, Notification, Transport},
};
use boathook_core::clock::Clock;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

fn networks(texts: &[&str]) -> Vec<Network> {
    texts.iter().map(|text| Network::parse(text).unwrap()).collect()
}

async fn post(url: &str, allowed: &[&str]) -> Result<DeliveryResponse, DeliveryError> {
    let headers = vec![("webhook-id", "1".to_owned())];
    let notification = Notification {
        url: url.parse().unwrap(),
        allowed: networks(allowed),
        headers,
        body: "{}".to_owned(),
    };
    HttpTransport::with_patience(Duration::from_secs(60), Clock::system()).send(notification).await
}

/// Answers one connection with this, and gives what was asked and how many more connections were
/// waiting.
async fn answering(answer: &'static [u8]) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = String::new();
        let mut buffer = [0; 1024];
        while !asked.ends_with("{}") {
            let read = stream.read(&mut buffer).await.unwrap();
            asked.push_str(str::from_utf8(&buffer[..read]).unwrap());
        }
        // The carrier may have closed the connection before all of it is written.
        let _ = stream.write_all(answer).await;
        asked
    });
    (format!("http://127.0.0.1:{port}/hook"), asked)
}

#[tokio::test]
async fn no_way_of_writing_a_host_leads_inside() {
    let hosts = [
        "127.0.0.1",
        "[::1]",
        "169.254.169.254",
        "10.0.0.1",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "2130706433",
        "0177.0.0.1",
        "0x7f.0.0.1",
        "127.1",
        "0",
        "[fd00:ec2::254]",
        "[64:ff9b::7f00:1]",
        "localhost",
        "%6cocalhost",
        "127.0.0.1.",
    ];
    for host in hosts {
        for url in [format!("http://{host}:9/a-token"), format!("https://{host}/a-token")] {
            match post(&url, &[]).await {
                Err(error @ DeliveryError::Forbidden(_)) => {
                    assert!(!error.to_string().contains("a-token"))
                }
                other => panic!("{url}: {other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn an_address_that_config_names_is_reached_by_number_and_by_name() {
    for host in ["127.0.0.1", "localhost"] {
        let (url, asked) = answering(b"HTTP/1.1 204 No Content\r\n\r\n").await;
        let receipt = post(&url.replace("127.0.0.1", host), &["127.0.0.0/8"]).await.unwrap();
        assert_eq!(receipt, DeliveryResponse { status: 204, retry_after: None });
        let asked = asked.await.unwrap().to_lowercase();
        assert!(
            asked.starts_with("post /hook http/1.1\r\n") && asked.contains("webhook-id: 1\r\n"),
            "{asked}"
        );
        assert!(asked.contains("content-type: application/json\r\n"), "{asked}");
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let (url, asked) = answering(
        b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\
          \r\n",
    )
    .await;
    assert_eq!(post(&url, &["127.0.0.1"]).await.unwrap().status, 307);
    asked.await.unwrap();
}

#[tokio::test]
async fn an_answer_counts_by_its_head_and_its_body_is_never_read() {
    // The body is announced and never comes.
    let (url, _asked) = answering(
        b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 30\r\nContent-Length: 9999999999\r\n\r\n",
    )
    .await;
    let receipt = post(&url, &["127.0.0.1"]).await.unwrap();
    assert_eq!(
        receipt,
        DeliveryResponse { status: 429, retry_after: Some(Duration::from_secs(30)) }
    );
}

#[tokio::test]
async fn a_receiver_that_never_answers_is_left_after_a_while() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/a-token", listener.local_addr().unwrap()).parse().unwrap();
    let notification = Notification {
        url,
        allowed: networks(&["127.0.0.1"]),
        headers: Vec::new(),
        body: "{}".to_owned(),
    };
    let result = HttpTransport::with_patience(Duration::from_millis(50), Clock::system())
        .send(notification)
        .await
        .unwrap_err();
    assert!(matches!(result, DeliveryError::TimedOut(_)), "{result:?}");
}

#[tokio::test]
async fn no_error_names_the_url() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let result = post(&format!("http://{address}/a-token"), &["127.0.0.1"]).await.unwrap_err();
    let mut text = format!("{result:?}");
    let mut error: &dyn std::error::Error = &result;
    while let Some(source) = error.source() {
        text.push_str(&format!("{source} {source:?}"));
        error = source;
    }
    assert!(!text.contains("a-token"), "{text}");
}
