//! Environments come and go with their files.

use std::fs;

use expect_test::expect;
use serde_json::{Value, json};

use crate::support::serving::{SECRET, Serving};

const OF_QA: &str = "a secret for qa alone, of 2026";

fn body(environment: &str) -> Value {
    json!({
        "environment": environment,
        "image": "nginx:1",
        "namespace": "game",
        "service_name": "game",
        "deployment_id": "1",
    })
}

fn frozen(secret: &str, further: &str) -> String {
    format!(
        "secrets: [{{id: ci, file: DIR/{secret}}}]\nfrozen: closing\n\
         allow: {{images: [nginx], namespaces: [game], services: [game]}}\n{further}"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_makes_an_environment_at_the_next_reload_and_takes_it_away_when_it_is_gone() {
    let serving = Serving::start(&frozen("secret", "")).await;
    assert_eq!(
        serving.send(SECRET, &body("qa-2")).await,
        "404 unknown environment `qa-2`; known: production"
    );
    serving.file("qa-secret", OF_QA);
    let promotion = "aliases: [test]\npromotion: {to: production, when: approval, namespace: live}";
    serving.file("qa-2.yaml", &frozen("qa-secret", promotion));
    let reloaded = serving.boathook("reload").await;
    assert!(reloaded.starts_with("exit 0\n--- stdout\nreloaded\n"), "{reloaded}");
    let refused = "423 qa-2 is frozen: closing; send it again when it is not";
    assert_eq!(serving.send(OF_QA, &body("qa-2")).await, refused);
    assert_eq!(serving.send(OF_QA, &body("test")).await, refused);
    expect![[r#"
        exit 0
        --- stdout
        ENVIRONMENT  ALIASES  PROMOTES TO            REQUIRES  STATE
        qa-2         test     production (approval)            frozen: closing
        production   prod                                      frozen: closing
        --- stderr
    "#]]
    .assert_eq(&serving.boathook("environments").await);

    fs::remove_file(serving.path().join("qa-2.yaml")).unwrap();
    serving.boathook("reload").await;
    assert_eq!(serving.send(OF_QA, &body("qa-2")).await, "401 Invalid signature");
    assert_eq!(
        serving.send(SECRET, &body("qa-2")).await,
        "404 unknown environment `qa-2`; known: production"
    );
}
