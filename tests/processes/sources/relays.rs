//! A relay over HTTP: what boathook asks it, and what it takes for an answer.

use boathook::sources::relay::{HttpRelayTransport, RelayTransport as _, Subscribe};
use boathook_core::deployment::{error_chain, sign};
use expect_test::expect;
use futures_util::StreamExt as _;
use serde_json::json;

use crate::support::{
    scripted_server::{Then, scripted_server},
    serving::{SECRET, Serving},
};

const PRODUCTION: &str = "\
enabled: true
secrets: [{id: ci, credential: secret}]
allow: {images: ['registry.example/*'], namespaces: ['*'], services: ['*'], tags: true}
require: {timestamp: false, deployment_id: false, confirmation: null}
manifests: DIR
";

fn events(text: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n{text}")
}

async fn answer(bytes: &str) -> String {
    let address = scripted_server(bytes.to_owned(), Then::Closes).await;
    let url = format!("http://{address}/a-secret-channel").parse().unwrap();
    match HttpRelayTransport
        .subscribe(Subscribe { url, last_event_id: Some("5-0".to_owned()) })
        .await
    {
        Ok(chunks) => {
            let text = chunks.map(|chunk| chunk.unwrap()).collect::<Vec<_>>().await.concat();
            String::from_utf8(text).unwrap()
        }
        Err(error) => error_chain(&error).to_string(),
    }
}

#[tokio::test]
async fn only_a_stream_of_events_is_read_and_no_redirect_is_followed() {
    assert_eq!(answer(&events("data: 7\n\n")).await, "data: 7\n\n");
    let others = [
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    ];
    let mut said = Vec::new();
    for other in others {
        said.push(answer(other).await);
    }
    expect![[r#"
        it did not answer with server-sent events; is `url` that of a channel?
        it answered with 302 Found, which is not followed; set `url` to where it leads
        it answered with 404 Not Found"#]]
    .assert_eq(&said.join("\n"));
}

#[tokio::test]
async fn a_relay_that_cannot_be_reached_is_reported_without_its_url() {
    let said = {
        let url = "http://127.0.0.1:9/a-secret-channel".parse().unwrap();
        let subscribed = HttpRelayTransport.subscribe(Subscribe { url, last_event_id: None }).await;
        error_chain(&subscribed.err().unwrap()).to_string()
    };
    assert!(said.starts_with("it cannot be reached"), "{said}");
    assert!(!said.contains("a-secret-channel"), "{said}");
}

#[tokio::test]
async fn a_handler_follows_the_relays_of_its_configuration_and_those_of_a_reload() {
    let body = json!({
        "environment": "production", "image": "registry.example/game:2", "namespace": "game",
        "service_name": "game", "deployment_id": "101-1",
    })
    .to_string();
    let event = json!({
        "x-github-event": "deployment", "body": serde_json::value::RawValue::from_string(body.clone()).unwrap(),
        "x-hub-signature-256": sign(SECRET.as_bytes(), body.as_bytes()),
    });
    let relay = scripted_server(events(&format!("data: {event}\n\n")), Then::SaysNothing).await;
    let relays =
        |relays: &str| format!("server: {{listen: 'ADDRESS'}}\nsources: {{relays: [{relays}]}}\n");
    let serving = Serving::start_with(&relays(""), PRODUCTION).await;
    let with = format!("{{name: ours, url: 'http://{relay}/a-secret-channel', kind: smee}}");
    serving.file("default.yaml", &relays(&with));
    serving.boathook("reload").await;
    let log = serving.until(|log| log.contains("Accepted registry.example/game:2")).await;
    assert!(log.contains("for game/game from relay ours"), "{log}");
    assert!(!log.contains("a-secret-channel"), "{log}");
}

#[tokio::test]
async fn a_reload_leaves_a_relay_alone_that_it_does_not_change() {
    let relay = scripted_server(events(": hello\n\n"), Then::SaysNothing).await;
    let relay = |name: &str| format!("{{name: {name}, url: 'http://{relay}/{name}', kind: smee}}");
    let relays = |relays: &[String]| {
        format!("server: {{listen: 'ADDRESS'}}\nsources: {{relays: [{}]}}\n", relays.join(", "))
    };
    let serving = Serving::start_with(&relays(&[relay("kept"), relay("left")]), PRODUCTION).await;
    let connected =
        |log: &str, name: &str| log.matches(&format!("Connected to relay {name}")).count();
    serving.until(|log| connected(log, "kept") == 1 && connected(log, "left") == 1).await;
    serving.file("default.yaml", &relays(&[relay("new"), relay("kept")]));
    serving.boathook("reload").await;
    let log = serving.until(|log| connected(log, "new") == 1).await;
    assert_eq!((connected(&log, "kept"), connected(&log, "left")), (1, 1), "{log}");
}
