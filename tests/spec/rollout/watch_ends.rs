//! What ends a watch besides a verdict, and what keeps boathook from rolling back.

use std::time::Duration;

use boathook_core::{
    clock::Clock,
    deployment::{Actor, DeploymentId, Environment},
    record::{AfterBad, Outcome, Place, WatchEnd, WatchEvent},
    rollout::OnBad,
};
use boathook_testing::{
    rollout_harness::{Harness, blue_green, request},
    samples::{self, QUEUE, service},
    shipped::Shipped as _,
};
use serde_json::json;
use tokio::time::sleep;

use crate::support::watch_harness::{
    all, begin, deployed, digest, ended, over, turning_bad_after, watch_events, watched,
};

const MINUTE: Duration = Duration::from_secs(60);

fn changed(end: WatchEnd) -> String {
    let WatchEnd::Changed { found } = end else { panic!("{end}") };
    found
}

async fn rolled_back_by_ada(harness: &Harness) -> DeploymentId {
    let back = samples::rollback(Environment::STAGING, &service("game"), None, Actor::new("ada"));
    harness.journal.order_rollback(back, QUEUE).await.unwrap().deployment.id
}

#[tokio::test(start_paused = true)]
async fn a_newer_deployment_ends_the_watch_when_it_begins_to_change_the_service() {
    let harness = Harness::with(watched(60, OnBad::Rollback));
    let running = begin(&harness);
    let first = deployed(&harness, "1").await;
    let second = harness.accept(blue_green("2", "2")).await;
    assert_eq!(over(&harness, &first).await, WatchEnd::Replaced { by: second.clone() });
    harness.wait_for_traffic("game-00001 90, game-00002 10 (boathook)").await;
    assert_eq!(ended(&harness, &second).await, Outcome::Succeeded);
    assert_eq!(over(&harness, &second).await, WatchEnd::Clean);
    assert_eq!(watch_events(&harness, &first).await.len(), 2);
    running.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn one_that_ends_before_it_changes_anything_does_not() {
    let harness = Harness::with(watched(60, OnBad::Rollback));
    let running = begin(&harness);
    let first = deployed(&harness, "1").await;
    let missing = harness.accept(request("missing", "missing")).await;
    assert_eq!(ended(&harness, &missing).await, Outcome::Failed);
    assert_eq!(harness.journal.watched().len(), 1);
    assert_eq!(over(&harness, &first).await, WatchEnd::Clean);
    running.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn an_operators_rollback_meanwhile_ends_it_as_any_newer_deployment_does() {
    let harness = turning_bad_after(30, watched(60, OnBad::Rollback));
    let running = begin(&harness);
    deployed(&harness, "1").await;
    let late = deployed(&harness, "late").await;
    let by = rolled_back_by_ada(&harness).await;
    assert_eq!(over(&harness, &late).await, WatchEnd::Replaced { by: by.clone() });
    assert_eq!(ended(&harness, &by).await, Outcome::Succeeded);
    sleep(60 * MINUTE).await;
    assert_eq!((all(&harness).await.len(), watch_events(&harness, &late).await.len()), (3, 2));
    running.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn someone_elses_change_ends_it_and_is_left_alone() {
    let harness = turning_bad_after(30, watched(60, OnBad::Rollback));
    let running = begin(&harness);
    deployed(&harness, "1").await;
    let late = deployed(&harness, "late").await;
    let patch = json!({"spec": {"template": {"spec": {"timeoutSeconds": 77}}}});
    harness.cluster.edit_as("anna", "game", "game", patch).unwrap();
    let found = changed(over(&harness, &late).await);
    assert!(found.contains("someone else changed the service"), "{found}");
    assert!(found.contains("last modified by anna"), "{found}");
    sleep(60 * MINUTE).await;
    assert_eq!(all(&harness).await.len(), 2);
    running.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn a_change_while_boathook_is_down_and_a_deleted_service_end_it_too() {
    let mut harness = Harness::with(watched(60, OnBad::Rollback));
    let running = begin(&harness);
    let first = deployed(&harness, "1").await;
    running.stopped().await;
    let traffic = json!({"spec": {"traffic": [{"latestRevision": true, "percent": 100}]}});
    harness.cluster.edit_as("anna", "game", "game", traffic).unwrap();
    harness.restart().await;
    let running = begin(&harness);
    assert!(changed(over(&harness, &first).await).contains("last modified by anna"));
    let second = deployed(&harness, "2").await;
    harness.delete_service();
    assert_eq!(changed(over(&harness, &second).await), "someone deleted the service game/game");
    running.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn where_there_is_nothing_to_go_back_to_it_is_reported_once() {
    let harness = turning_bad_after(10, watched(60, OnBad::Rollback));
    let running = begin(&harness);
    let late = deployed(&harness, "late").await;
    let WatchEnd::Bad { then: AfterBad::Stays { why }, .. } = over(&harness, &late).await else {
        panic!("{:?}", watch_events(&harness, &late).await);
    };
    assert!(why.starts_with("nothing is known from before game-00001"), "{why}");
    sleep(120 * MINUTE).await;
    assert_eq!((all(&harness).await.len(), watch_events(&harness, &late).await.len()), (1, 2));
    assert_eq!(harness.journal.withdrawals(9).await.unwrap().len(), 0);
    running.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn under_a_lock_boathook_does_not_roll_back_and_says_so() {
    let harness = turning_bad_after(10, watched(60, OnBad::Rollback));
    let running = begin(&harness);
    deployed(&harness, "1").await;
    let late = deployed(&harness, "late").await;
    let place = Place { environment: Environment::STAGING, service: Some(service("game")) };
    let reason = "hands off".to_owned();
    let by = Actor::new("ada");
    harness.journal.lock(place, reason, by, None).await.unwrap();
    let WatchEnd::Bad { then: AfterBad::Stays { why }, .. } = over(&harness, &late).await else {
        panic!("{:?}", watch_events(&harness, &late).await);
    };
    assert_eq!(why, "game/game in staging is locked");
    assert_eq!(all(&harness).await.len(), 2);
    running.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn a_rollback_whose_turn_comes_after_a_newer_success_changes_nothing() {
    let harness = turning_bad_after(10, watched(60, OnBad::Rollback));
    let running = begin(&harness);
    deployed(&harness, "1").await;
    let late = deployed(&harness, "late").await;
    running.stopped().await;
    let rollback = harness
        .journal
        .roll_back_watched(&late, "bad".to_owned(), boathook_core::health::Figures::default())
        .await
        .unwrap();
    let newer = harness.deploy("2").await;
    newer.assert_end(Outcome::Succeeded);
    harness.engine.run(&rollback.id, &tokio_util::sync::CancellationToken::new()).await;
    let result = harness.result(&rollback.id).await;
    harness.assert_ended(&result, Outcome::Rejected, "v2 100");
    assert!(result.reason().starts_with("while the rollback waited, "), "{}", result.reason());
}

#[tokio::test(start_paused = true)]
async fn a_rollback_whose_turn_comes_after_someone_elses_change_leaves_it_alone() {
    for (is_deleted, said) in [
        (true, "someone deleted the service, and game-00002, which turned bad, with it"),
        (false, "game-00001 serves, which boathook did not deploy; game-00002, which turned bad, "),
    ] {
        let harness = turning_bad_after(10, watched(60, OnBad::Rollback));
        let running = begin(&harness);
        deployed(&harness, "1").await;
        let late = deployed(&harness, "late").await;
        running.stopped().await;
        let bad = boathook_core::health::Figures::default();
        let ordered = harness.journal.roll_back_watched(&late, "bad".to_owned(), bad).await;
        let rollback = ordered.unwrap().id;
        if is_deleted {
            harness.delete_service();
        } else {
            let traffic =
                json!({"spec": {"traffic": [{"revisionName": "game-00001", "percent": 100}]}});
            harness.cluster.edit_as("anna", "game", "game", traffic).unwrap();
        }
        harness.settle().await;
        let before = harness.serves();
        harness.engine.run(&rollback, &tokio_util::sync::CancellationToken::new()).await;
        let result = harness.result(&rollback).await;
        result.assert_end(Outcome::Rejected);
        assert!(result.reason().starts_with(said), "{}", result.reason());
        assert_eq!(harness.serves(), before);
    }
}

#[tokio::test(start_paused = true)]
async fn an_image_that_serves_elsewhere_too_is_withdrawn_with_the_rollback() {
    let harness = turning_bad_after(10, watched(60, OnBad::Rollback));
    let running = begin(&harness);
    deployed(&harness, "1").await;
    let late = deployed(&harness, "late").await;
    running.stopped().await;
    let digest = digest(&harness, "game-00002");
    let image = samples::image(&harness.digest_of("game-00002"));
    let elsewhere = samples::accept(&harness.journal, "other", "other").await;
    let success = samples::success("other", "other-00001", &image);
    samples::append_all(&harness.journal, &elsewhere, success).await;
    let running = begin(&harness);
    let WatchEnd::Bad { then: AfterBad::RollsBack { rollback }, .. } = over(&harness, &late).await
    else {
        panic!("{:?}", watch_events(&harness, &late).await);
    };
    assert_eq!(ended(&harness, &rollback).await, Outcome::Succeeded);
    let withdrawal = harness.journal.withdrawal(&digest).await.unwrap().unwrap();
    assert!(withdrawal.to_string().contains(&format!("{late} of game/game in staging")));
    running.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn the_record_takes_an_end_once_and_only_of_what_is_watched() {
    let harness = Harness::with(watched(60, OnBad::Rollback));
    let result = harness.deploy("1").await;
    let id = &result.records[0].deployment;
    let end = || WatchEvent::ended(WatchEnd::Clean);
    harness.journal.append(id, end()).await.unwrap();
    let again = harness.journal.append(id, end()).await.unwrap_err();
    assert_eq!(again.to_string(), "event `watch_ended` cannot follow state `no longer watched`");
    let until = Clock::system().now();
    assert!(harness.journal.append(id, WatchEvent::Watched { until }).await.is_err());
    let unwatched = Harness::new();
    let result = unwatched.deploy("1").await;
    let id = &result.records[0].deployment;
    assert!(unwatched.journal.append(id, end()).await.is_err());
}
