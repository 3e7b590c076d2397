//! From one environment to several: each target goes its own way, and what it requires holds there.

use boathook_core::{
    deployment::{Actor, Environment},
    record::{DeploymentEvent, Event, Outcome, Status},
};
use boathook_testing::shipped::of;
use serde_json::json;

use crate::support::promotion_harness::{Chain, Link};

const QA: Environment = of("qa");
const EU: Environment = of("production-eu");
const US: Environment = of("production-us");

const FANNED_OUT: &[Link] = &[
    ("dev", "game-dev", "promotion: {to: qa, when: automatic, namespace: game-qa}"),
    (
        "qa",
        "game-qa",
        "promotion: [{to: production-eu, when: automatic, namespace: game-eu}, \
         {to: us, when: approval, namespace: game-us}]",
    ),
    ("production-eu", "game-eu", "require: {proven: {environment: qa, within: 30d}}"),
    (
        "production-us",
        "game-us",
        "aliases: [us]\nrequire: {proven: {environment: qa, within: 30d}}",
    ),
];

/// The results of the promotions of an environment's newest deployment, without its ids and links.
async fn results(chain: &Chain, environment: Environment) -> Vec<String> {
    let newest = &chain.in_environment(environment).await[0];
    let promotions = chain.history(&newest.id).await.promotions;
    let without = |text: String| text.split(" as ").next().unwrap_or_default().to_owned();
    promotions.iter().map(|state| without(state.to_string())).collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_proven_in_qa_goes_to_both_production_regions_and_one_of_them_waits_for_a_yes() {
    let chain = Chain::of(FANNED_OUT, |_, _| {});
    assert_eq!(chain.send("dev", json!({})).await.status, 202);
    let eu = chain.until_ended(EU).await;
    assert_eq!(
        (eu.status.end(), chain.serves("game-eu").as_str()),
        (Some(Outcome::Succeeded), "v1")
    );
    assert_eq!(
        results(&chain, QA).await,
        ["promoted to production-eu", "promoted to production-us"]
    );
    let chain = chain.killed().await;
    let waiting = chain.in_environment(US).await;
    assert_eq!(
        waiting.iter().map(|summary| summary.status).collect::<Vec<_>>(),
        [Status::AwaitingApproval]
    );
    let yes = Event::Deployment(DeploymentEvent::Approved { by: Actor::new("ada") });
    chain.parts.journal().append(&waiting[0].id, yes).await.unwrap();
    let us = chain.until_ended(US).await;
    assert_eq!(
        (us.status.end(), chain.serves("game-us").as_str()),
        (Some(Outcome::Succeeded), "v1")
    );
    assert_eq!(us.resolved_image, eu.resolved_image, "both serve the digest that qa proved");
    assert_eq!(chain.all().await.len(), 4, "each environment deployed it once");
}

#[tokio::test(start_paused = true)]
async fn promotions_to_both_regions_wait_for_an_approval_at_the_same_time() {
    let chain = Chain::of(FANNED_OUT, |_, text| *text = text.replace("automatic", "approval"));
    assert_eq!(chain.send("qa", json!({})).await.status, 202);
    chain.until_ended(QA).await;
    assert_eq!(
        results(&chain, QA).await,
        ["promoted to production-eu", "promoted to production-us"]
    );
    for region in [EU, US] {
        let waiting = chain.in_environment(region).await;
        let statuses = waiting.iter().map(|summary| summary.status).collect::<Vec<_>>();
        assert_eq!(statuses, [Status::AwaitingApproval], "{region}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_region_that_refuses_a_promotion_keeps_no_other_from_it() {
    let chain = Chain::of(FANNED_OUT, |environment, text| {
        if environment == "production-eu" {
            *text = text.replace("services: [game]", "services: [other]");
        }
        *text = text.replace("when: approval", "when: automatic");
    });
    assert_eq!(chain.send("dev", json!({})).await.status, 202);
    let us = chain.until_ended(US).await;
    assert_eq!(
        (us.status.end(), chain.serves("game-us").as_str()),
        (Some(Outcome::Succeeded), "v1")
    );
    let results = results(&chain, QA).await;
    assert_eq!(
        results,
        [
            "not promoted to production-eu: production-eu does not accept this deployment: \
             service_name `game` is not in `allow.services`",
            "promoted to production-us"
        ]
    );
    assert_eq!(chain.serves("game-eu"), "");
}

#[tokio::test(start_paused = true)]
async fn what_qa_has_not_proven_reaches_no_region() {
    let chain = Chain::of(FANNED_OUT, |_, _| {});
    let refused = chain.send("production-eu", json!({"image": "registry.example/game:2"})).await;
    assert_eq!(refused.status, 202, "the digest of a tag is known after the pull");
    let eu = chain.until_ended(EU).await;
    assert_eq!((eu.status.end(), chain.serves("game-eu").as_str()), (Some(Outcome::Rejected), ""));
}
