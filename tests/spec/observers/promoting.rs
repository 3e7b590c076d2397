//! From development to production by one webhook: what was proven goes on, once, whatever happens
//! between success and answer.

use std::time::Duration;

use boathook_core::{
    deployment::{Actor, Environment, Namespace, Repository, ServiceKey},
    record::{DeploymentEvent, Event, Outcome, Status},
};
use boathook_sandbox::Behaviour;
use boathook_testing::samples::{self, service};
use boathook_testing::shipped::Shipped as _;
use serde_json::json;

use crate::support::promotion_harness::{Chain, REPOSITORY};

#[tokio::test(start_paused = true)]
async fn one_webhook_brings_the_proven_digest_from_development_to_production() {
    let chain = Chain::new();
    assert_eq!(chain.send("development", json!({})).await.status, 202);
    let production = chain.until_ended(Environment::PRODUCTION).await;
    assert_eq!(production.status.end(), Some(Outcome::Succeeded), "{production:#?}");
    assert_eq!(
        ["game-dev", "game-staging", "game-prod"].map(|namespace| chain.serves(namespace)),
        ["v1", "v1", "v1"]
    );
    let all = chain.all().await;
    assert_eq!(
        all.iter().map(|summary| summary.environment).collect::<Vec<_>>(),
        [Environment::PRODUCTION, Environment::STAGING, Environment::DEVELOPMENT]
    );
    let [staging, development] = [chain.history(&all[1].id).await, chain.history(&all[2].id).await];
    assert_eq!(
        (staging.image.digest().is_some(), staging.resolved_image.as_ref()),
        (true, development.resolved_image.as_ref())
    );
    let from = staging.promoted_from.unwrap_or_default();
    let figures = format!("{} in development: 0 of ", development.id);
    assert!(from.starts_with(&figures) && from.contains(" probes failed, median "), "{from}");
    assert_eq!(staging.deployment_id.as_str(), format!("promotion-{}", development.id));
    assert_eq!(
        (staging.commit_sha.as_deref(), staging.triggered_by.as_deref()),
        (Some("4f2a9c1"), Some("jane"))
    );
    let accepted = chain.parts.journal().deployment(&staging.id).await.unwrap().unwrap();
    let repository = accepted.acceptance.request.repository.as_ref();
    assert_eq!(repository.map(Repository::as_str), Some("acme/game"));
    let result = development.promotions[0].to_string();
    let link = format!(
        "promoted to staging as {}, http://127.0.0.1:8080/deployments/{}?token=",
        staging.id, staging.id
    );
    assert!(result.starts_with(&link), "{result}");
    assert_eq!(
        development.ended_at, all[2].ended_at,
        "a promotion is no part of the deployment that is promoted"
    );
    assert!(production.promotions.is_empty());
}

#[tokio::test(start_paused = true)]
async fn where_config_says_so_production_waits_for_an_approval_and_is_deployed_once() {
    let chain = Chain::with(|environment, text| {
        if environment == "staging" {
            *text = text.replace("when: automatic", "when: approval");
        }
    });
    chain.send("development", json!({})).await;
    chain.until_ended(Environment::STAGING).await;
    let waiting = chain.in_environment(Environment::PRODUCTION).await;
    assert_eq!(
        waiting.iter().map(|summary| summary.status).collect::<Vec<_>>(),
        [Status::AwaitingApproval]
    );
    let chain = chain.killed().await;
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(chain.serves("game-prod"), "", "nobody said yes");
    let yes = Event::Deployment(DeploymentEvent::Approved {
        by: Actor::new("ada").noting("looked at it"),
    });
    chain.parts.journal().append(&waiting[0].id, yes).await.unwrap();
    let production = chain.until_ended(Environment::PRODUCTION).await;
    assert_eq!(
        (production.id, production.status.end()),
        (waiting[0].id.clone(), Some(Outcome::Succeeded))
    );
    assert_eq!(
        (
            chain.serves("game-prod").as_str(),
            chain.in_environment(Environment::PRODUCTION).await.len()
        ),
        ("v1", 1)
    );
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_fails_goes_no_further_and_a_retry_that_succeeds_does() {
    let chain = Chain::new();
    chain.send("development", json!({"image": format!("{REPOSITORY}:crash")})).await;
    let failed = chain.until_ended(Environment::DEVELOPMENT).await;
    assert_eq!((failed.status.end(), failed.promotions), (Some(Outcome::Failed), Vec::new()));
    assert_eq!(chain.all().await.len(), 1);
    chain.cluster.publish(REPOSITORY, "crash", Behaviour::good("v3"));
    let attempt =
        chain.parts.journal().retry(&failed.id, Actor::new("ada"), None, 10).await.unwrap();
    let staging = chain.until_ended(Environment::STAGING).await;
    assert_eq!(staging.status.end(), Some(Outcome::Succeeded));
    let from = staging.promoted_from.unwrap_or_default();
    assert!(from.starts_with(&format!("{} in development", attempt.id)), "{from}");
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_an_operator_orders_is_not_promoted() {
    let chain = Chain::with(|environment, text| {
        if environment == "staging" {
            *text = text.replace("promotion:", "promotion: null #");
        }
    });
    for tag in ["1", "2"] {
        chain
            .send(
                "development",
                json!({"image": format!("{REPOSITORY}:{tag}"), "deployment_id": tag}),
            )
            .await;
        chain.until_ended(Environment::STAGING).await;
        chain.until_ended(Environment::DEVELOPMENT).await;
    }
    let journal = chain.parts.journal();
    let service =
        ServiceKey { namespace: Namespace::parse("game-dev").unwrap(), ..service("game") };
    journal
        .order_rollback(
            samples::rollback(Environment::DEVELOPMENT, &service, None, Actor::new("ada")),
            10,
        )
        .await
        .unwrap();
    let back = chain.until_ended(Environment::DEVELOPMENT).await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(
        (back.status.end(), back.promotions, chain.serves("game-dev").as_str()),
        (Some(Outcome::Succeeded), Vec::new(), "v1")
    );
    assert_eq!(
        (
            chain.in_environment(Environment::STAGING).await.len(),
            chain.serves("game-staging").as_str()
        ),
        (2, "v2")
    );
}

#[tokio::test(start_paused = true)]
async fn killed_every_few_seconds_it_deploys_each_environment_once() {
    let mut chain = Chain::new();
    chain.send("development", json!({})).await;
    for _ in 0..60 {
        tokio::time::sleep(Duration::from_millis(3700)).await;
        chain = chain.killed().await;
    }
    let production = chain.until_ended(Environment::PRODUCTION).await;
    assert_eq!(production.status.end(), Some(Outcome::Succeeded), "{production:#?}");
    assert_eq!(chain.all().await.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_refused_promotion_says_why_and_one_to_a_frozen_environment_waits() {
    let frozen = |environment: &str, text: &mut String| {
        if environment == "staging" {
            text.push_str("frozen: closing\n");
        }
    };
    let chain = Chain::with(frozen);
    chain.send("development", json!({})).await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    let id = chain.in_environment(Environment::DEVELOPMENT).await[0].id.clone();
    let result = chain.history(&id).await.promotions[0].to_string();
    assert_eq!(
        result,
        "to staging, tried again: staging is frozen: closing; send it again when it is not"
    );
    let days = Duration::from_secs(25 * 3600);
    let reason = "not promoted to staging: there was no answer within 24h";
    tokio::time::sleep(days).await;
    assert_eq!(chain.history(&id).await.promotions[0].to_string(), reason);

    let closed = Chain::with(|environment, text| {
        if environment == "staging" {
            *text = text.replace("services: [game]", "services: [other]");
        }
    });
    closed.send("development", json!({})).await;
    let result = closed.until_ended(Environment::DEVELOPMENT).await.promotions[0].to_string();
    assert_eq!(
        result,
        "not promoted to staging: staging does not accept this deployment: service_name `game` \
         is not in `allow.services`"
    );
}

#[tokio::test(start_paused = true)]
async fn production_takes_only_what_succeeded_in_staging_by_digest_and_by_tag() {
    let chain = Chain::with(|environment, text| {
        if environment != "production" {
            *text = text.replace("promotion:", "promotion: null #");
        }
    });
    chain.send("staging", json!({})).await;
    let staging = chain.until_ended(Environment::STAGING).await;
    let [proven, unproven] = [
        staging.resolved_image.unwrap().to_string(),
        format!("{REPOSITORY}@sha256:{}", "1".repeat(64)),
    ];
    let answer = chain.send("production", json!({"image": unproven, "deployment_id": "1"})).await;
    assert_eq!(
        answer.refusal(),
        format!(
            "403 production does not accept this deployment: {unproven} did not succeed in staging \
             within the time that `require.proven` allows; deploy it there first, or have it \
             promoted from there"
        )
    );
    // Saying so does not make it a promotion: CI's secret signed.
    let claimed = json!({"image": unproven, "deployment_id": "1", "auto_promotion": "true"});
    assert_eq!(chain.send("production", claimed).await.status, 403);
    let claimed = json!({
        "image": proven,
        "deployment_id": "1",
        "auto_promotion": "true",
        "confirmation": null,
    });
    assert_eq!(
        chain.send("production", claimed).await.refusal(),
        "422 production requires `confirmation`: send the word that its config asks for"
    );

    assert_eq!(
        chain.send("production", json!({"image": proven, "deployment_id": "2"})).await.status,
        202
    );
    assert_eq!(
        chain.until_ended(Environment::PRODUCTION).await.status.end(),
        Some(Outcome::Succeeded)
    );
    let before = chain.cluster.traffic_history("game-prod", "game");
    assert_eq!(
        chain
            .send("production", json!({"image": format!("{REPOSITORY}:2"), "deployment_id": "3"}))
            .await
            .status,
        202
    );
    let refused = chain.until_ended(Environment::PRODUCTION).await;
    assert_eq!(refused.status.end(), Some(Outcome::Rejected), "{refused:#?}");
    let reason = refused.reason.unwrap();
    assert!(
        reason.contains("did not succeed in staging")
            && reason.ends_with("; the service was not changed"),
        "{reason}"
    );
    assert_eq!(chain.cluster.traffic_history("game-prod", "game"), before);
    assert_eq!(
        chain
            .send("production", json!({"image": format!("{REPOSITORY}:1"), "deployment_id": "4"}))
            .await
            .status,
        202
    );
    assert_eq!(
        chain.until_ended(Environment::PRODUCTION).await.status.end(),
        Some(Outcome::Succeeded)
    );

    tokio::time::sleep(Duration::from_secs(31 * 24 * 3600)).await;
    assert_eq!(
        chain.send("production", json!({"image": proven, "deployment_id": "5"})).await.status,
        403,
        "it is too long ago"
    );
}

#[tokio::test(start_paused = true)]
async fn what_another_boathook_promotes_needs_neither_proof_nor_a_persons_word() {
    let chain = Chain::with(|environment, text| {
        if environment == "production" {
            *text = text.replace("{id: ci,", "{id: relay, use: promotion,");
        }
    });
    chain.cluster.publish(REPOSITORY, "2", Behaviour::good("v2"));
    let fields = json!({
        "image": format!("{REPOSITORY}:2"),
        "confirmation": null,
        "auto_promotion": true,
        "promoted_from": "xyz in staging",
    });
    assert_eq!(chain.send("production", fields.clone()).await.status, 202);
    let production = chain.until_ended(Environment::PRODUCTION).await;
    assert_eq!(
        (production.status.end(), production.promoted_from.as_deref()),
        (Some(Outcome::Succeeded), Some("xyz in staging"))
    );
    let mut again = fields;
    again["promoted_from"] = json!("xyz in staging: 0 of 3 probes failed");
    let repeated = chain.send("production", again).await;
    assert_eq!(
        repeated.status, 200,
        "what is said of the success is no other request: {}",
        repeated.text
    );
    let unsaid = json!({
        "auto_promotion": false,
        "image": format!("{REPOSITORY}@sha256:{}", "1".repeat(64)),
        "deployment_id": "9",
    });
    assert_eq!(
        chain.send("production", unsaid).await.status,
        403,
        "a promotion's secret signs promotions"
    );
}

#[tokio::test(start_paused = true)]
async fn what_runs_in_an_environment_whose_file_goes_away_ends_as_planned_and_goes_no_further() {
    let chain = Chain::new();
    assert_eq!(chain.send("development", json!({})).await.status, 202);
    while chain.in_environment(Environment::DEVELOPMENT).await[0].status != Status::Deploying {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    chain.reload_without("development");
    let ended = chain.until_ended(Environment::DEVELOPMENT).await;
    assert_eq!(
        (ended.status.end(), chain.serves("game-dev").as_str()),
        (Some(Outcome::Succeeded), "v1")
    );
    assert_eq!(
        ended.promotions[0].to_string(),
        "not promoted to staging: the config of development promotes nothing to staging any more"
    );
    assert!(chain.in_environment(Environment::STAGING).await.is_empty());
}
