//! The same signed request in several deployments on GitHub: it is deployed once, and each of them
//! shows what became of it.

use std::time::Duration;

use boathook_core::{deployment::Environment, record::Outcome};
use boathook_testing::{github::Fault, shipped::Shipped as _};
use expect_test::expect;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::support::{life::Life, promotion_harness::Chain};

const MINUTE: Duration = Duration::from_secs(60);

fn create(chain: &Chain, payload: &Value) -> u64 {
    let body = json!({"ref": "main", "environment": "dev", "payload": payload});
    chain.github.deploy("acme/game", "ada", body)
}

/// What GitHub shows last of a deployment.
fn last(chain: &Chain, deployment: u64) -> String {
    chain.github.statuses(deployment).pop().unwrap_or_default()
}

async fn in_development(chain: &Chain) -> usize {
    chain.in_environment(Environment::DEVELOPMENT).await.len()
}

#[tokio::test(start_paused = true)]
async fn the_same_request_twice_is_deployed_once_and_both_show_the_outcome() {
    let chain = Chain::on_github("", |_, _| {});
    let payload = chain.payload("development", json!({}));
    let twice = [create(&chain, &payload), create(&chain, &payload)];
    chain.until_ended(Environment::PRODUCTION).await;
    sleep(MINUTE).await;
    assert_eq!(in_development(&chain).await, 1);
    for deployment in twice {
        assert_eq!(last(&chain, deployment), "success: serves 100 %");
    }
}

#[tokio::test(start_paused = true)]
async fn a_repeat_of_what_has_ended_gets_its_last_status_once() {
    let chain = Chain::on_github("", |_, _| {});
    let payload = chain.payload("development", json!({}));
    create(&chain, &payload);
    chain.until_ended(Environment::PRODUCTION).await;
    let while_it_serves = create(&chain, &payload);
    sleep(MINUTE).await;
    expect!["success: serves 100 %"].assert_eq(&chain.github.statuses(while_it_serves).join("\n"));
    let image = "registry.example/game:2";
    create(
        &chain,
        &chain.payload("development", json!({"deployment_id": "102-1", "image": image})),
    );
    sleep(10 * MINUTE).await;
    let replaced = create(&chain, &payload);
    sleep(MINUTE).await;
    let newest = chain.in_environment(Environment::DEVELOPMENT).await.remove(0).id;
    let inactive = format!("inactive: {newest} serves in its place");
    assert_eq!(chain.github.statuses(replaced), std::slice::from_ref(&inactive));
    assert_eq!(last(&chain, while_it_serves), inactive);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_came_by_webhook_first_has_its_statuses_in_the_repeat_too() {
    let chain = Chain::on_github("", |_, _| {});
    let payload = chain.payload("development", json!({}));
    assert_eq!(chain.send("development", json!({})).await.status, 202);
    let repeat = create(&chain, &payload);
    chain.until_ended(Environment::PRODUCTION).await;
    sleep(MINUTE).await;
    assert_eq!(in_development(&chain).await, 1);
    assert_eq!(last(&chain, repeat), "success: serves 100 %");
}

#[tokio::test(start_paused = true)]
async fn a_repeat_that_github_loses_takes_no_status_from_the_first() {
    let chain = Chain::on_github("", |_, _| {});
    let payload = chain.payload("development", json!({}));
    let first = create(&chain, &payload);
    let repeat = create(&chain, &payload);
    chain.github.break_at(&format!("/repos/acme/game/deployments/{repeat}"), Fault::Status(404));
    chain.until_ended(Environment::PRODUCTION).await;
    sleep(MINUTE).await;
    assert_eq!(last(&chain, first), "success: serves 100 %");
}

#[tokio::test(start_paused = true)]
async fn both_show_the_outcome_however_often_boathook_dies() {
    let chain = Chain::on_github("", |_, _| {});
    let payload = chain.payload("development", json!({}));
    let twice = [create(&chain, &payload), create(&chain, &payload)];
    let mut life = Life::dying_after_every_record(chain);
    let succeeded = async |chain: &Chain| {
        let there = chain.in_environment(Environment::PRODUCTION).await;
        there.first().filter(|one| one.status.end() == Some(Outcome::Succeeded)).map(drop)
    };
    life.until("production is deployed", succeeded).await;
    life.passes(10 * MINUTE).await;
    assert_eq!(in_development(life.chain()).await, 1);
    for deployment in twice {
        assert_eq!(last(life.chain(), deployment), "success: serves 100 %");
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_a_status_meets_binds_who_asks_for_deployments_across_a_reload_too() {
    let chain = Chain::on_github("", |_, _| {});
    sleep(MINUTE).await;
    let deployment = create(&chain, &chain.payload("development", json!({})));
    let path = format!("/repos/acme/game/deployments/{deployment}");
    chain.github.break_at(&path, Fault::Secondary(Some(600)));
    sleep(MINUTE).await;
    assert!(chain.github.take_log().contains(&format!("POST {path}/statuses 403")));
    chain.reload_with("development", |text| text.replace("[acme/game]", "[acme/game, acme/shop]"));
    sleep(8 * MINUTE).await;
    assert_eq!(chain.github.take_log(), [""; 0]);
    chain.github.mend();
    sleep(10 * MINUTE).await;
    assert_eq!(last(&chain, deployment), "success: serves 100 %");
}
