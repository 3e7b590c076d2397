//! Replacing a secret: which ones still sign, and which is dead.

use boathook_testing::delivery::{Delivery, body_with};
use expect_test::expect;
use serde_json::json;

use crate::support::{
    listening::{Listening, shell},
    serving::{SECRET, Serving},
};

fn delivery(id: &str) -> Delivery {
    Delivery::of(&body_with(json!({"deployment_id": id, "timestamp": null})))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_prints_them_as_a_table() {
    let listening = Listening::start();
    listening.harness.accept(delivery("1")).await;
    let listed =
        shell(&format!("boathook secrets --socket {}", listening.socket.display()), &[]).await;
    let shown = listed
        .stdout
        .lines()
        .map(|line| line.split_once("  20").map_or(line, |(before, _)| before.trim_end()))
        .collect::<Vec<_>>();
    expect![[r#"
        ENVIRONMENT  ID             USE     EXPIRES  DEPLOYMENTS  LAST
        development  development-1  deploy  no end   1
        staging      shared-1       deploy  no end   0            never
        production   shared-1       deploy  no end   0            never
        production   production-1   deploy  no end   0            never"#]]
    .assert_eq(&shown.join("\n"));
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_has_ended_is_named_in_the_log_at_the_start() {
    let old = "{id: old, file: DIR/secret, not_after: 2026-01-31T12:00:00Z}";
    let serving = Serving::start(&format!("secrets: [{old}]")).await;
    let log = serving.until(|log| log.contains("Secret old")).await;
    assert!(
        log.contains("Secret old of production has expired; remove it from the config"),
        "{log}"
    );
    assert!(!log.contains(SECRET), "{log}");
    let listed = serving.boathook("secrets").await;
    assert!(
        listed.contains(
            "production   old  deploy  2026-01-31 12:00:00 UTC, ended  0            never"
        ),
        "{listed}"
    );
}
