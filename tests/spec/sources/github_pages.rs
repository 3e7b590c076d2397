//! Deployments on GitHub that are not as they should be: each is settled by itself, and those behind
//! it are taken.

use std::time::Duration;

use boathook_core::deployment::Environment;
use boathook_testing::shipped::Shipped as _;
use expect_test::expect;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::support::promotion_harness::Chain;

const MINUTE: Duration = Duration::from_secs(60);

fn create(chain: &Chain, payload: Value) -> u64 {
    let body = json!({"ref": "main", "environment": "dev", "payload": payload});
    chain.github.deploy("acme/game", "ada", body)
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_cannot_be_read_is_passed_over() {
    let chain = Chain::on_github("", |_, _| {});
    sleep(MINUTE).await;
    let spoilt = create(&chain, chain.payload("development", json!({"deployment_id": "spoilt"})));
    chain.github.spoil("acme/game", spoilt, "created_at", json!("yesterday"));
    create(&chain, chain.payload("development", json!({"deployment_id": "whole"})));
    sleep(MINUTE).await;
    let taken: Vec<String> = chain
        .in_environment(Environment::DEVELOPMENT)
        .await
        .iter()
        .map(|one| one.deployment_id.to_string())
        .collect();
    assert_eq!(taken, ["whole"]);
}

#[tokio::test(start_paused = true)]
async fn a_payload_that_is_neither_a_request_nor_boathooks_own_shows_what_it_needs() {
    let chain = Chain::on_github("server: {max_body_bytes: 2000}", |_, _| {});
    sleep(MINUTE).await;
    let long = "a".repeat(2000);
    let refused = [
        json!({"boathook": {"body": "{}", "sig": "sha256=00"}}),
        json!({"boathook": {"body": "{}", "signature": 7}}),
        json!({"boathook": "deploy"}),
        chain.payload("development", json!({"triggered_by": long})),
        chain.payload("development", json!({"image": "registry.example/a\u{202e}b:1"})),
    ];
    let refused = refused.map(|payload| create(&chain, payload));
    sleep(MINUTE).await;
    assert_eq!(chain.all().await.len(), 0);
    let shown: Vec<String> =
        refused.iter().map(|one| chain.github.statuses(*one).join(", ")).collect();
    expect![[r#"
        error: `payload.boathook` needs `body` and `signature`, both texts
        error: `payload.boathook` needs `body` and `signature`, both texts
        error: `payload.boathook` needs `body` and `signature`, both texts
        error: `payload.boathook.body` is longer than the 2000 bytes of `server.max_body_bytes`
        error: image `registry.example/a\u{202e}b:1` is not an image reference: repository part `a\u{202e}b` has a character outside a-z, 0-9, `.`, `_` an…"#]].assert_eq(&shown.join("\n"));
}
