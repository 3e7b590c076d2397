//! Deployments on GitHub that are not as they should be: each is settled by itself, and those behind
//! it are taken.

use std::time::Duration;

use boathook_core::{deployment::Environment, record::Outcome};
use boathook_testing::shipped::Shipped as _;
use expect_test::expect;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::support::promotion_harness::Chain;

const MINUTE: Duration = Duration::from_secs(60);
const CLOSED: &str = "windows: {allow: [{cron: \"0 3 1 1 *\", lasts: 1h}]}\n";

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

#[tokio::test(start_paused = true)]
async fn a_page_that_is_too_large_is_asked_for_in_smaller_ones() {
    let chain = Chain::on_github("", |_, _| {});
    sleep(MINUTE).await;
    chain.github.set_answer_max(30_000);
    let long = "a".repeat(10_000);
    for number in 0..5 {
        let fields = json!({"deployment_id": format!("{number}"), "note": long});
        create(&chain, chain.payload("development", fields));
    }
    sleep(5 * MINUTE).await;
    assert_eq!(chain.in_environment(Environment::DEVELOPMENT).await.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_github_lists_after_a_later_one_is_taken() {
    let chain = Chain::on_github("", |_, _| {});
    sleep(MINUTE).await;
    let late = create(&chain, chain.payload("development", json!({"deployment_id": "late"})));
    let forged = create(&chain, json!({"boathook": {"body": "{}", "signature": "sha256=00"}}));
    chain.github.hide(late, true);
    create(&chain, chain.payload("development", json!({"deployment_id": "first"})));
    sleep(MINUTE).await;
    chain.github.hide(late, false);
    sleep(MINUTE).await;
    let taken = chain.in_environment(Environment::DEVELOPMENT).await;
    let taken: Vec<String> = taken.iter().map(|one| one.deployment_id.to_string()).collect();
    assert_eq!(taken, ["late", "first"]);
    // What was refused is judged once, however often the list changes.
    assert_eq!(chain.github.statuses(forged), ["error: invalid signature"]);
    let chain = chain.killed().await;
    create(&chain, json!({"image": "registry.example/game:1"}));
    sleep(MINUTE).await;
    assert_eq!(chain.github.statuses(forged).len(), 1);
    assert_eq!(chain.in_environment(Environment::DEVELOPMENT).await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_github_lists_long_after_it_was_created_is_left_alone() {
    let chain = Chain::on_github("", |_, _| {});
    sleep(MINUTE).await;
    let late = create(&chain, chain.payload("development", json!({"deployment_id": "late"})));
    chain.github.hide(late, true);
    create(&chain, chain.payload("development", json!({"deployment_id": "first"})));
    sleep(10 * MINUTE).await;
    chain.github.hide(late, false);
    sleep(MINUTE).await;
    assert_eq!(chain.in_environment(Environment::DEVELOPMENT).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_environment_that_has_no_room_holds_back_no_other() {
    let chain = Chain::on_github("scheduler: {queued: 1}", |environment, text| match environment {
        "development" => text.push_str(CLOSED),
        "staging" => text.push_str("github: {repositories: [acme/game]}\n"),
        _ => {}
    });
    sleep(MINUTE).await;
    for number in ["waits", "finds no room"] {
        create(&chain, chain.payload("development", json!({"deployment_id": number})));
    }
    let to_staging = |payload: Value| {
        let body = json!({"ref": "main", "environment": "staging", "payload": payload});
        chain.github.deploy("acme/game", "ada", body)
    };
    let refused = to_staging(json!({"boathook": {"body": "{}", "signature": "sha256=00"}}));
    to_staging(chain.payload("staging", json!({})));
    sleep(30 * MINUTE).await;
    let staging = chain.until_ended(Environment::STAGING).await;
    assert_eq!(staging.status.end(), Some(Outcome::Succeeded));
    assert_eq!(chain.in_environment(Environment::DEVELOPMENT).await.len(), 1);
    // GitHub is told of a refusal once it is certain that boathook judges no more.
    assert_eq!(chain.github.statuses(refused), [""; 0]);
    chain.reload_with("development", |text| text.replace(CLOSED, ""));
    sleep(10 * MINUTE).await;
    assert_eq!(chain.in_environment(Environment::DEVELOPMENT).await.len(), 2);
    assert_eq!(chain.github.statuses(refused), ["error: invalid signature"]);
}
