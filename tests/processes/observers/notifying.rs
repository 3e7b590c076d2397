//! Others are told of deployments: at least once, in order, and nobody waits for it.

use std::time::Duration;

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time::timeout,
};

use crate::support::serving::{DEFAULT, SECRET, Serving};

const MINUTE: Duration = Duration::from_secs(60);
/// What signs where a test does not care.
const PAGER_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";

/// A receiver on this machine.
struct Listener {
    listener: TcpListener,
    url: String,
}

impl Listener {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/a-path-that-nobody-knows", listener.local_addr().unwrap());
        Self { listener, url }
    }

    /// Takes one notification.
    async fn heard(&self) -> String {
        let taken = async {
            let (mut stream, _) = self.listener.accept().await.unwrap();
            let mut heard = String::new();
            let mut buffer = [0; 4096];
            while !heard.ends_with("deployment.failed\"}") {
                let read = stream.read(&mut buffer).await.unwrap();
                assert!(read > 0, "the connection ended after: {heard}");
                heard.push_str(str::from_utf8(&buffer[..read]).unwrap());
            }
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
            heard
        };
        timeout(MINUTE, taken).await.unwrap_or_else(|_| panic!("nothing came to {}", self.url))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_served_deployment_reaches_its_receiver_and_a_reload_brings_another_one() {
    let first = Listener::new().await;
    let second = Listener::new().await;
    let notify = "notify: [{name: inside, webhook: {url: {file: DIR/url}, secret: {file: \
                  DIR/signs}}, events: [failed], allow_addresses: ['127.0.0.1']}]";
    let default = format!("{DEFAULT}\n{notify}");
    let files = [("url", first.url.as_str()), ("signs", PAGER_SECRET)];
    let production = "secrets: [{id: ci, file: DIR/secret}]\n\
                      allow: {images: ['*'], namespaces: [game], services: [game]}\n\
                      pull: {enabled: false}";
    let serving = Serving::start_among(&files, &default, production).await;
    let body = |id: &str| {
        json!({
            "environment": "production",
            "image": "nginx:1",
            "namespace": "game",
            "service_name": "game",
            "deployment_id": id,
        })
    };
    assert_eq!(serving.send(SECRET, &body("1")).await, "202");
    assert!(first.heard().await.contains(r#""type":"deployment.failed""#));
    let told = "Notified inside that a deployment is failed";
    serving.until(|log| log.contains(told)).await;
    serving.file("url", &second.url);
    assert!(serving.boathook("reload").await.starts_with("exit 0"));
    assert_eq!(serving.send(SECRET, &body("2")).await, "202");
    assert!(second.heard().await.contains(r#""deployment_id":"2""#));
    let log = serving.until(|log| log.matches(told).count() == 2).await;
    assert!(!log.contains("a-path-that-nobody-knows"), "{log}");
}
