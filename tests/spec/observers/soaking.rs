//! How long a digest must have served before the next environment takes it: the time goes on or
//! begins anew with what happens to it.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use boathook::{bundles, journal::RedeployOrder};
use boathook_core::{
    deployment::{Actor, Environment, Namespace, ServiceKey},
    record::{AfterBad, Outcome, WatchEnd, WatchEvent},
};
use boathook_testing::{
    rollout_harness::manifest,
    samples::{self, QUEUE, service},
    shipped::of,
};
use jiff::Timestamp;
use serde_json::json;

use crate::support::promotion_harness::{Chain, Link, REPOSITORY};

const QA: Environment = of("qa");
const LIVE: Environment = of("live");

const MINUTE: Duration = Duration::from_secs(60);

/// Nothing is promoted: CI deploys everywhere.
const BY_HAND: &[Link] = &[
    ("qa", "game-qa", ""),
    ("live", "game-live", "require: {proven: {environment: qa, within: 30d, soak: 2h}}"),
];

/// Deploys a tag, and returns the image by the digest that now serves.
async fn deployed(chain: &Chain, environment: Environment, tag: &str, id: &str) -> String {
    let fields = json!({"image": format!("{REPOSITORY}:{tag}"), "deployment_id": id});
    assert_eq!(chain.send(environment.name(), fields).await.status, 202);
    let ended = chain.until_ended(environment).await;
    assert_eq!(ended.status.end(), Some(Outcome::Succeeded), "{ended:#?}");
    ended.resolved_image.unwrap().to_string()
}

/// What live answers to a request for an image, without ids and times.
async fn asked(chain: &Chain, image: &str, id: &str) -> String {
    let answer = chain.send("live", json!({"image": image, "deployment_id": id})).await;
    match answer.status {
        202 => "202".to_owned(),
        _ => answer.refusal(),
    }
}

fn game(environment: Environment) -> ServiceKey {
    let namespace = Namespace::parse(&format!("game-{environment}")).unwrap();
    ServiceKey { namespace, ..service("game") }
}

#[tokio::test(start_paused = true)]
async fn live_takes_a_digest_once_it_has_served_two_hours_in_qa_and_says_when_that_is() {
    let chain = Chain::of(BY_HAND, |_, _| {});
    let image = deployed(&chain, QA, "1", "1").await;
    let ended = chain.in_environment(QA).await[0].ended_at.unwrap();
    let due = ended + Duration::from_secs(2 * 60 * 60);
    tokio::time::sleep(MINUTE * 60).await;

    let refused = chain.send("live", json!({"image": image, "deployment_id": "2"})).await;
    let until = due.strftime("%Y-%m-%d %H:%M:%S UTC");
    assert_eq!(
        refused.refusal(),
        format!(
            "423 live does not accept this deployment yet: {image} has to serve 2h in qa, until {until}; send it again then"
        )
    );
    assert_eq!(refused.json()["due"], json!(due));
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((3590..=3600).contains(&wait), "{wait}");
    let by_tag = json!({"image": format!("{REPOSITORY}:1"), "deployment_id": "3"});
    assert_eq!(chain.send("live", by_tag).await.status, 202, "its digest is known after the pull");
    let rejected = chain.until_ended(LIVE).await;
    let reason = rejected.reason.unwrap();
    assert_eq!(rejected.status.end(), Some(Outcome::Rejected));
    assert!(reason.contains("has to serve 2h in qa, until "), "{reason}");

    let chain = chain.killed().await;
    tokio::time::sleep(Duration::from_secs(wait)).await;
    deployed(&chain, LIVE, "1", "4").await;
    assert_eq!(chain.serves("game-live"), "v1");
}

#[tokio::test(start_paused = true)]
async fn what_is_replaced_in_qa_begins_anew_when_it_comes_back() {
    let chain = Chain::of(BY_HAND, |_, _| {});
    let image = deployed(&chain, QA, "1", "1").await;
    tokio::time::sleep(MINUTE * 90).await;
    let newer = deployed(&chain, QA, "2", "2").await;
    let refused = asked(&chain, &image, "3").await;
    assert!(
        refused.starts_with("403 live does not accept this deployment: ")
            && refused.contains(" served 1h3")
            && refused.contains(" in qa before something else took its place"),
        "{refused}"
    );
    deployed(&chain, QA, "1", "4").await;
    tokio::time::sleep(MINUTE * 110).await;
    assert!(asked(&chain, &image, "5").await.starts_with("423 "), "the first time does not count");
    tokio::time::sleep(MINUTE * 10).await;
    assert_eq!(asked(&chain, &image, "6").await, "202");
    assert!(asked(&chain, &newer, "7").await.starts_with("403 "), "it served for minutes");
}

#[tokio::test(start_paused = true)]
async fn a_redeploy_in_qa_goes_on_with_the_time_and_a_rollback_ends_it() {
    let chain = Chain::of(BY_HAND, |_, _| {});
    deployed(&chain, QA, "1", "1").await;
    let first = chain.in_environment(QA).await.swap_remove(0).id;
    let image = deployed(&chain, QA, "2", "2").await;
    tokio::time::sleep(MINUTE * 60).await;
    let journal = chain.parts.journal();
    let redeployable = journal.to_redeploy(QA, &game(QA)).await.unwrap();
    let order = RedeployOrder {
        request: redeployable.request,
        of: redeployable.serves.deployment,
        by: Actor::new("ada"),
        approval: None,
        opens_at: None,
    };
    journal.order_redeploy(order, QUEUE).await.unwrap();
    chain.until_ended(QA).await;
    tokio::time::sleep(MINUTE * 60).await;
    assert_eq!(asked(&chain, &image, "3").await, "202");
    chain.until_ended(LIVE).await;

    let by = Actor::new("ada").noting("checkout fails");
    let order = samples::rollback(QA, &game(QA), Some(first), by);
    journal.order_rollback(order, QUEUE).await.unwrap();
    chain.until_ended(QA).await;
    let refused = asked(&chain, &image, "4").await;
    assert!(refused.starts_with("403 ") && refused.contains(" was withdrawn "), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_turns_bad_in_qa_takes_the_time_away_and_a_soak_lasts_as_long_as_the_watch() {
    let chain = Chain::of(BY_HAND, |environment, text| {
        if environment == "qa" {
            text.push_str("watch: {for: 4h, on_bad: notify}\n");
        }
    });
    let image = deployed(&chain, QA, "1", "1").await;
    let id = chain.in_environment(QA).await.swap_remove(0).id;
    tokio::time::sleep(MINUTE * 180).await;
    let refused = asked(&chain, &image, "2").await;
    assert!(refused.contains(" has to serve 4h in qa, until "), "{refused}");
    let then = AfterBad::Stays { why: "on_bad is notify".to_owned() };
    let bad = WatchEnd::Bad { reason: "5 of 10 probes failed".to_owned(), then };
    chain.parts.journal().append(&id, WatchEvent::ended(bad)).await.unwrap();
    let refused = asked(&chain, &image, "3").await;
    assert!(refused.starts_with("423 ") && refused.contains(" has to serve 2h"), "{refused}");
    tokio::time::sleep(MINUTE * 119).await;
    assert!(asked(&chain, &image, "4").await.starts_with("423 "));
    tokio::time::sleep(MINUTE * 2).await;
    assert_eq!(asked(&chain, &image, "5").await, "202");
}

/// The manifests of both environments: each environment's own service, with more in its pod.
fn manifests(more: &str) -> serde_json::Value {
    let file = |environment: &str| {
        let service =
            manifest("hi").replace("namespace: game", &format!("namespace: game-{environment}"));
        (
            format!("{environment}/game.yaml"),
            service.replace("      containers:", &format!("{more}      containers:")),
        )
    };
    let files = [file("qa"), file("live")];
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    json!(STANDARD.encode(bundles::pack(&samples::bundle(&files)).unwrap()))
}

#[tokio::test(start_paused = true)]
async fn a_failed_change_of_the_manifests_alone_begins_the_time_of_the_pair_anew_and_not_of_the_image()
 {
    let chain = Chain::of(BY_HAND, |_, text| {
        *text = text.replace("services: [game]", "services: [game], manifests: both");
    });
    let image = deployed(&chain, QA, "1", "0").await;
    let good = manifests("");
    let sent = json!({"image": image, "deployment_id": "1", "manifests": good});
    assert_eq!(chain.send("qa", sent).await.status, 202);
    let first = chain.until_ended(QA).await;
    assert_eq!(first.status.end(), Some(Outcome::Succeeded), "{first:#?}");
    tokio::time::sleep(MINUTE * 119).await;
    let bad = manifests("      serviceAccountName: nobody\n");
    let sent = json!({"image": image, "deployment_id": "2", "manifests": bad});
    assert_eq!(chain.send("qa", sent).await.status, 202);
    let failed = chain.until_ended(QA).await;
    assert_eq!(failed.status.end(), Some(Outcome::RolledBack), "{failed:#?}");
    tokio::time::sleep(MINUTE * 30).await;
    let pair = json!({"image": image, "deployment_id": "3", "manifests": good});
    let refused = chain.send("live", pair).await;
    assert_eq!(refused.status, 423, "{}", refused.text);
    let due: Timestamp = refused.json()["due"].as_str().unwrap().parse().unwrap();
    assert!(due >= failed.accepted_at + MINUTE * 120, "{due}");
    assert_eq!(asked(&chain, &image, "4").await, "202", "the image alone has served long enough");
}
