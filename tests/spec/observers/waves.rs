//! Promotions in waves: a later wave gets the digest once the ones before have it and have served it,
//! and never after one of them failed.

use std::time::Duration;

use boathook_core::{
    deployment::{Actor, DeploymentId, Environment, Namespace, ServiceKey},
    record::{DeploymentEvent, Event, Outcome, PromotionEvent, Status},
};
use boathook_testing::{
    samples::{self, QUEUE, service},
    shipped::of,
};
use serde_json::json;
use tokio::time::sleep;

use crate::support::promotion_harness::{Chain, Link, REPOSITORY};

const QA: Environment = of("qa");
const EU: Environment = of("eu");
const US: Environment = of("us");

const HOUR: Duration = Duration::from_secs(60 * 60);

const IN_WAVES: &[Link] = &[
    (
        "qa",
        "game-qa",
        "promotion: [{to: eu, when: automatic, namespace: game-eu}, {to: us, when: automatic, \
         namespace: game-us, soak: 1h}]\nwaves: [[eu], [us]]",
    ),
    ("eu", "game-eu", ""),
    ("us", "game-us", ""),
];

/// Deploys a tag to qa, and returns the deployment once it has succeeded.
async fn in_qa(chain: &Chain, tag: &str) -> DeploymentId {
    let fields = json!({"image": format!("{REPOSITORY}:{tag}"), "deployment_id": tag});
    assert_eq!(chain.send("qa", fields).await.status, 202);
    ended(chain, QA).await.0
}

/// The newest deployment of an environment and its outcome, once it has ended.
async fn ended(chain: &Chain, environment: Environment) -> (DeploymentId, Outcome) {
    let ended = async |chain: &Chain| {
        let newest = chain.in_environment(environment).await.into_iter().next()?;
        newest.status.end().map(|end| (newest.id, end))
    };
    chain.until(environment.name(), ended).await
}

/// What is said of the promotions of a deployment, without ids and links of what was sent.
async fn promotions(chain: &Chain, id: &DeploymentId) -> Vec<String> {
    let without = |text: String| text.split(" as ").next().unwrap_or_default().to_owned();
    let view = chain.history(id).await;
    view.promotions.iter().map(|state| without(state.to_string())).collect()
}

#[tokio::test(start_paused = true)]
async fn the_second_wave_goes_once_the_first_has_served_the_digest_whatever_is_killed() {
    let mut chain = Chain::of(IN_WAVES, |_, _| {});
    let id = in_qa(&chain, "1").await;
    assert_eq!(ended(&chain, EU).await.1, Outcome::Succeeded);
    let in_eu = chain.in_environment(EU).await[0].ended_at.unwrap();
    while chain.now() + HOUR / 12 < in_eu + HOUR {
        assert!(chain.in_environment(US).await.is_empty(), "{}", chain.now());
        sleep(HOUR / 12).await;
        chain = chain.killed().await;
    }
    let left = Duration::try_from((in_eu + HOUR).duration_since(chain.now())).unwrap();
    sleep(left - Duration::from_secs(5)).await;
    let waits = promotions(&chain, &id).await;
    assert_eq!(waits[0], "promoted to eu");
    assert!(
        waits[1].starts_with("to us, waits: its digest has to serve 1h in eu, until ")
            && waits[1].ends_with(" (`waves`)"),
        "{waits:?}"
    );
    assert_eq!(ended(&chain, US).await.1, Outcome::Succeeded);
    assert!(chain.in_environment(US).await[0].accepted_at >= in_eu + HOUR);
    assert_eq!(chain.serves("game-us"), "v1");
}

#[tokio::test(start_paused = true)]
async fn while_the_first_wave_waits_for_an_approval_the_second_waits_too_and_a_rejection_ends_it() {
    let chain = Chain::of(IN_WAVES, |_, text| {
        *text = text.replace("{to: eu, when: automatic", "{to: eu, when: approval");
    });
    let id = in_qa(&chain, "1").await;
    sleep(20 * HOUR).await;
    assert_eq!(
        promotions(&chain, &id).await,
        ["promoted to eu", "to us, waits: its digest has to succeed in eu first (`waves`)"]
    );
    let in_eu = chain.in_environment(EU).await.swap_remove(0);
    assert_eq!(in_eu.status, Status::AwaitingApproval);
    let no = Event::Deployment(DeploymentEvent::Rejected { by: Actor::new("ada").noting("no") });
    chain.parts.journal().append(&in_eu.id, no).await.unwrap();
    sleep(Duration::from_secs(120)).await;
    let ended = format!(
        "not promoted to us: eu, which is in a wave before it, did not keep it: {} ended",
        in_eu.id
    );
    assert_eq!(promotions(&chain, &id).await[1], ended);
    assert!(chain.in_environment(US).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_failure_in_one_wave_ends_those_after_it() {
    let chain = Chain::of(IN_WAVES, |environment, text| {
        if environment == "eu" {
            text.push_str("health: {expect_body: never said, delay: 0s}\n");
        }
    });
    let id = in_qa(&chain, "1").await;
    assert_ne!(ended(&chain, EU).await.1, Outcome::Succeeded);
    sleep(2 * HOUR).await;
    let us = promotions(&chain, &id).await.swap_remove(1);
    assert!(us.starts_with("not promoted to us: "), "{us}");
    assert!(chain.in_environment(US).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_operators_rollback_in_one_wave_ends_those_after_it() {
    let chain = Chain::of(IN_WAVES, |_, _| {});
    in_qa(&chain, "1").await;
    sleep(HOUR).await;
    chain.until_ended(US).await;
    let id = in_qa(&chain, "2").await;
    let second_has_ended = async |chain: &Chain| {
        let in_eu = chain.in_environment(EU).await;
        (in_eu.len() >= 2 && in_eu[0].ended_at.is_some()).then_some(())
    };
    chain.until("the second success in eu", second_has_ended).await;
    let eu = ServiceKey { namespace: Namespace::parse("game-eu").unwrap(), ..service("game") };
    let by = Actor::new("ada").noting("checkout fails");
    let order = samples::rollback(EU, &eu, None, by);
    chain.parts.journal().order_rollback(order, QUEUE).await.unwrap();
    let us = promotions(&chain, &id).await.swap_remove(1);
    assert!(us.contains("an operator rolled game-eu/game in eu back from it"), "{us}");
    sleep(3 * HOUR).await;
    assert_eq!(chain.in_environment(US).await.len(), 1);
    assert_eq!(chain.serves("game-us"), "v1");
}

#[tokio::test(start_paused = true)]
async fn an_operator_hurries_a_later_wave_and_cancels_one_with_all_after_it() {
    let chain = Chain::of(IN_WAVES, |_, text| {
        *text = text.replace("{to: eu, when: automatic", "{to: eu, when: approval");
    });
    let id = in_qa(&chain, "1").await;
    sleep(Duration::from_secs(5)).await;
    let by = Actor::new("ada").noting("us is on fire");
    let hurried = PromotionEvent::PromotionHurried { to: US, by: by.clone() };
    chain.parts.journal().append(&id, hurried).await.unwrap();
    assert_eq!(ended(&chain, US).await.1, Outcome::Succeeded);

    let chain = Chain::of(IN_WAVES, |_, text| {
        *text = text.replace("namespace: game-eu}", "namespace: game-eu, soak: 3h}");
    });
    let id = in_qa(&chain, "1").await;
    sleep(Duration::from_secs(5)).await;
    let cancelled = PromotionEvent::PromotionCancelled { to: EU, by };
    chain.parts.journal().append(&id, cancelled).await.unwrap();
    sleep(3 * HOUR).await;
    assert_eq!(
        promotions(&chain, &id).await,
        [
            "not promoted to eu: cancelled by ada: us is on fire",
            "not promoted to us: eu, which is in a wave before it, did not get it"
        ]
    );
    assert_eq!(chain.all().await.len(), 1);
}
