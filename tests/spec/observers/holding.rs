//! After an operator's rollback a service is held: promotions stay out of it until it is released.

use std::time::Duration;

use boathook::journal::ReleaseError;
use boathook_core::{
    deployment::{Actor, DeploymentId, Environment, Namespace, ServiceKey},
    record::{KeepsOut, Outcome},
};
use boathook_sandbox::Behaviour;
use boathook_testing::samples::{self, QUEUE, service};
use boathook_testing::shipped::Shipped as _;
use expect_test::expect;
use serde_json::json;

use crate::support::promotion_harness::{Chain, REPOSITORY};

fn game() -> ServiceKey {
    ServiceKey { namespace: Namespace::parse("game-staging").unwrap(), ..service("game") }
}

async fn send(chain: &Chain, environment: &str, tag: &str, fields: serde_json::Value) -> u16 {
    let mut body =
        json!({"image": format!("{REPOSITORY}:{tag}"), "deployment_id": format!("ci-{tag}")});
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    chain.send(environment, body).await.status
}

/// Two versions reached staging, and an operator rolled the second back.
async fn rolled_back(chain: &Chain, keeps_out: KeepsOut) -> DeploymentId {
    for tag in ["1", "2"] {
        assert_eq!(send(chain, "staging", tag, json!({})).await, 202);
        chain.until_ended(Environment::STAGING).await;
    }
    let order = samples::rollback(Environment::STAGING, &game(), None, Actor::new("ada"));
    let order = boathook::journal::RollbackOrder { keeps_out, ..order };
    let rollback = chain.parts.journal().order_rollback(order, QUEUE).await.unwrap();
    chain.until_ended(Environment::STAGING).await;
    assert_eq!(chain.serves("game-staging"), "v1");
    chain.cluster.publish(REPOSITORY, "3", Behaviour::good("v3"));
    rollback.deployment.id
}

/// Staging sends nothing on.
fn alone(environment: &str, text: &mut String) {
    if environment == "staging" {
        *text = text.replace("promotion:", "promotion: null #");
    }
}

/// A text whose times are not those of this run.
fn without_times(text: &str) -> String {
    let mut text = text.to_owned();
    while let Some(at) = text.find(" UTC") {
        text.replace_range(at - 19..at + 4, "TIME");
    }
    text
}

#[tokio::test(start_paused = true)]
async fn after_an_operators_rollback_promotions_wait_until_the_service_is_released() {
    let chain = Chain::with(alone);
    rolled_back(&chain, KeepsOut::Promotions).await;
    assert_eq!(send(&chain, "development", "3", json!({})).await, 202);
    tokio::time::sleep(Duration::from_secs(900)).await;
    let chain = chain.killed().await;
    tokio::time::sleep(Duration::from_secs(900)).await;
    assert_eq!(chain.serves("game-staging"), "v1", "nobody released it");
    let development = chain.in_environment(Environment::DEVELOPMENT).await[0].id.clone();
    let waits = chain.history(&development).await.promotions[0].to_string();
    expect!["to staging, tried again: game-staging/game in staging is held (ada rolled it back, TIME) and takes no promotions until an operator releases it (boathook release game) or a request that says `after_rollback: true` (where its config says `allow.after_rollback: true`) succeeds"]
        .assert_eq(&without_times(&waits));
    let public = chain.shown_to_senders(&development).await.promotions[0].to_string();
    expect!["to staging, tried again: game-staging/game in staging was rolled back, and is held until an operator releases it"]
        .assert_eq(&public);

    let journal = chain.parts.journal();
    journal.release(Environment::STAGING, game(), Actor::new("bob")).await.unwrap();
    let chain = chain.killed().await;
    chain.until_ended(Environment::DEVELOPMENT).await;
    let staging = chain.until_ended(Environment::STAGING).await;
    assert_eq!(staging.status.end(), Some(Outcome::Succeeded));
    assert_eq!(chain.serves("game-staging"), "v3");
    let again =
        chain.parts.journal().release(Environment::STAGING, game(), Actor::new("bob")).await;
    assert!(matches!(again, Err(ReleaseError::NotHeld { .. })), "{again:?}");
}

#[tokio::test(start_paused = true)]
async fn a_held_service_takes_what_ci_asks_for_and_stays_held() {
    let chain = Chain::with(alone);
    rolled_back(&chain, KeepsOut::Promotions).await;
    let claimed = json!({"auto_promotion": true});
    assert_eq!(send(&chain, "staging", "3", claimed).await, 423, "whoever signs it");
    assert_eq!(
        send(&chain, "staging", "3", json!({"auto_promotion": true, "dry_run": true})).await,
        423
    );
    assert_eq!(send(&chain, "staging", "3", json!({})).await, 202);
    chain.until_ended(Environment::STAGING).await;
    assert_eq!(chain.serves("game-staging"), "v3");
    assert_eq!(chain.parts.journal().holds().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn where_config_says_so_ci_waits_too_and_the_success_of_a_request_that_may_releases_the_service()
 {
    let chain = Chain::with(alone);
    let rollback = rolled_back(&chain, KeepsOut::All).await;
    let refused = chain
        .send("staging", json!({"image": format!("{REPOSITORY}:3"), "deployment_id": "3"}))
        .await;
    assert_eq!(refused.status, 423);
    assert_eq!(refused.json()["hold"]["rollback"], json!(rollback.to_string()));
    let says_so = json!({"after_rollback": true});
    assert_eq!(send(&chain, "staging", "3", says_so.clone()).await, 423, "the config forbids it");
    let chain = chain
        .with_file("staging", |text| text.replace("allow: {", "allow: {after_rollback: true, "))
        .await;
    assert_eq!(chain.parts.journal().holds().len(), 1);
    assert_eq!(send(&chain, "staging", "crash", says_so.clone()).await, 202);
    let failed = chain.until_ended(Environment::STAGING).await;
    assert_eq!(failed.status.end(), Some(Outcome::RolledBack));
    assert_eq!(chain.parts.journal().holds().len(), 1, "it did not succeed");
    assert_eq!(send(&chain, "staging", "3", says_so).await, 202);
    assert_eq!(chain.parts.journal().holds().len(), 1, "not before it succeeds");
    assert_eq!(send(&chain, "staging", "2", json!({"deployment_id": "ci-4"})).await, 423);
    let chain = chain.killed().await;
    chain.until_ended(Environment::STAGING).await;
    assert_eq!(
        (chain.serves("game-staging").as_str(), chain.parts.journal().holds()),
        ("v3", vec![])
    );
}

#[tokio::test(start_paused = true)]
async fn a_rollback_to_what_ended_a_hold_holds_the_service_again() {
    let chain = Chain::with(|environment, text| {
        alone(environment, text);
        *text = text.replace("allow: {", "allow: {after_rollback: true, ");
    });
    rolled_back(&chain, KeepsOut::Promotions).await;
    for (tag, fields) in
        [("3", json!({"after_rollback": true})), ("2", json!({"deployment_id": "ci-4"}))]
    {
        assert_eq!(send(&chain, "staging", tag, fields).await, 202);
        chain.until_ended(Environment::STAGING).await;
        assert_eq!(chain.parts.journal().holds(), []);
    }
    let order = samples::rollback(Environment::STAGING, &game(), None, Actor::new("ada"));
    chain.parts.journal().order_rollback(order, QUEUE).await.unwrap();
    chain.until_ended(Environment::STAGING).await;
    assert_eq!(chain.serves("game-staging"), "v3");
    assert_eq!(chain.parts.journal().holds().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn another_service_and_another_environment_are_not_held() {
    let chain = Chain::with(alone);
    rolled_back(&chain, KeepsOut::All).await;
    assert_eq!(send(&chain, "development", "3", json!({"auto_promotion": true})).await, 202);
    let holds = chain.parts.journal().holds();
    let places = holds.iter().map(|hold| (hold.environment, hold.service.clone()));
    assert_eq!(places.collect::<Vec<_>>(), [(Environment::STAGING, game())]);
}
