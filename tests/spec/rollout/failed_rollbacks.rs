//! A rollback that fails: everyone is notified, and boathook keeps retrying, on a paused clock.

use std::time::Duration;

use boathook::{journal::Filter, scheduler::Scheduler};
use boathook_core::{
    deployment::{Actor, DeploymentId, Environment, Requester},
    record::{DeploymentEvent, Event, Outcome, Record, Status, StepEvent},
    rollout::Action,
    state::State,
};
use boathook_sandbox::{Behaviour, Caller, Kind, WriteOptions};
use boathook_testing::shipped::Shipped as _;
use boathook_testing::{
    rollout_harness::{Deploying, Harness, REPOSITORY, blue_green, manifest, request},
    samples::{self, QUEUE, limits, service},
};
use expect_test::expect;
use futures_util::{FutureExt, future::BoxFuture};
use serde_json::json;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// The first image serves; at 100 % the next one crashes, and the first cannot be started again.
/// Gives the first one's digest too.
async fn failed_rollback(harness: &Harness) -> (Deploying<'_>, String) {
    harness.deploy("1").await;
    let stable = harness.digest_of("game-00001");
    harness.cluster.publish(
        REPOSITORY,
        "errors",
        Behaviour::crash_after("v8", Duration::from_secs(290), 1),
    );
    let deploying = harness.start(blue_green("errors", "b-1")).await;
    harness.wait_for_traffic("game-00001 0, game-00002 100 (boathook)").await;
    harness.cluster.withdraw(&stable);
    harness.cluster.evict(&stable);
    harness.cluster.kill_pods("game", "game-00001");
    let result = timeout(Duration::from_secs(3600), harness.journal.settled(&deploying.id)).await;
    let status = result.expect("nobody was told").unwrap().unwrap().state.status();
    assert_eq!(status, Status::RollbackFailed);
    (deploying, stable)
}

async fn state(harness: &Harness, deploying: &Deploying<'_>) -> State {
    harness.journal.deployment(&deploying.id).await.unwrap().unwrap().state
}

/// When the rollback failed, in seconds after it failed first.
fn failures(records: &[Record]) -> Vec<u64> {
    let failures: Vec<_> = records
        .iter()
        .filter(|record| matches!(record.event, Event::Step(StepEvent::RollbackFailed { .. })))
        .map(|record| record.at)
        .collect();
    failures.iter().map(|at| at.duration_since(failures[0]).unsigned_abs().as_secs()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_failed_is_tried_until_stable_answers_again() {
    let harness = Harness::new();
    let (deploying, stable) = failed_rollback(&harness).await;
    sleep(Duration::from_secs(1800)).await;
    let waiting = state(&harness, &deploying).await;
    assert_eq!(waiting.status(), Status::RollbackFailed);
    assert!(
        waiting
            .reason()
            .unwrap()
            .to_string()
            .contains("the rollback failed 8 times, the last time: "),
        "{waiting:?}"
    );
    harness.cluster.restore(&stable);
    let result = deploying.end().await;
    assert_eq!((result.end(), result.ends()), (Outcome::RolledBack, 1), "{}", result.timeline());
    assert_eq!(harness.serves(), "v1 100");
    harness.assert_back_on("game-00001");
}

#[tokio::test(start_paused = true)]
async fn each_rest_is_twice_as_long_up_to_five_minutes_and_a_restart_does_not_shorten_it() {
    let harness = Harness::new();
    let (deploying, _) = failed_rollback(&harness).await;
    sleep(Duration::from_secs(700)).await;
    let deploying = deploying.restart().await;
    sleep(Duration::from_secs(1800)).await;
    let failures = failures(&harness.journal.records(&deploying.id, 0).await.unwrap());
    // A try takes 75 s, give or take one.
    let between: Vec<_> = failures.windows(2).map(|two| (two[1] - two[0] + 2) / 5 * 5).collect();
    expect!["[85, 95, 115, 155, 235, 375, 375, 375, 375]"].assert_eq(&format!("{between:?}"));
}

#[tokio::test(start_paused = true)]
async fn a_request_behind_a_rollback_that_failed_says_so_and_what_lets_it_begin() {
    let harness = Harness::new();
    let (failed_rollback, _) = failed_rollback(&harness).await;
    let waiting = harness.accept(request("1", "three")).await;
    let held_up = harness.journal.held_up(&waiting).unwrap().to_string();
    let waits_for = format!("waits for {} of the same service", failed_rollback.id);
    assert!(held_up.starts_with(&waits_for), "{held_up}");
    assert!(held_up.contains("; that one could not be rolled back: "), "{held_up}");
    let hint = format!(
        "; boathook keeps retrying the rollback; `boathook abort {}` leaves the service as it is \
         and lets this one begin",
        failed_rollback.id
    );
    assert!(held_up.ends_with(&hint), "{held_up}");
}

#[tokio::test(start_paused = true)]
async fn a_person_may_take_over_and_the_next_request_begins() {
    let harness = Harness::new();
    let (deploying, _) = failed_rollback(&harness).await;
    let refused = harness
        .journal
        .append(
            &deploying.id,
            Event::Deployment(DeploymentEvent::Steered {
                action: Action::Pause,
                by: Requester::operator("ada"),
            }),
        )
        .await;
    assert!(refused.is_err(), "there is nothing to pause");
    harness
        .journal
        .append(
            &deploying.id,
            Event::Deployment(DeploymentEvent::Steered {
                action: Action::Abort,
                by: Requester::operator("ada"),
            }),
        )
        .await
        .unwrap();
    let result = deploying.end().await;
    assert_eq!((result.end(), result.ends()), (Outcome::Abandoned, 1), "{}", result.timeline());
    assert!(result.reason().ends_with("; aborted by ada"), "{}", result.reason());
    let repaired = harness.deploy("2").await;
    repaired.assert_end(Outcome::Succeeded);
    assert_eq!(harness.serves(), "v2 100");
}

#[tokio::test(start_paused = true)]
async fn what_a_person_does_meanwhile_is_not_undone() {
    let harness = Harness::new();
    let (deploying, _) = failed_rollback(&harness).await;
    let traffic = json!([{"latestRevision": true, "percent": 100}]);
    harness.cluster.edit_as("jane", "game", "game", json!({"spec": {"traffic": traffic}})).unwrap();
    let result = deploying.end().await;
    assert_eq!((result.end(), result.ends()), (Outcome::Aborted, 1), "{}", result.timeline());
    assert!(
        result.reason().contains("last modified by jane; boathook left it alone"),
        "{}",
        result.reason()
    );
    assert_eq!(harness.wanted_traffic(), traffic.to_string());
}

#[tokio::test(start_paused = true)]
async fn a_service_that_was_made_again_meanwhile_is_left_alone() {
    let harness = Harness::new();
    let (deploying, _) = failed_rollback(&harness).await;
    harness.delete_service();
    let anew = serde_yaml::from_str(&manifest("hi").replace(":placeholder", ":2")).unwrap();
    harness
        .cluster
        .create(&Caller::admin(), Kind::Service, Some("game"), anew, &WriteOptions::default())
        .unwrap();
    let result = deploying.end().await;
    assert_eq!((result.end(), result.ends()), (Outcome::Aborted, 1), "{}", result.timeline());
    assert!(
        result.reason().contains("and made it anew; boathook left it alone"),
        "{}",
        result.reason()
    );
    assert_eq!(harness.serves(), "v2 100");
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_an_operator_orders_takes_over_a_failed_rollback() {
    let harness = Harness::new();
    let (failed_rollback, _) = failed_rollback(&harness).await;
    let first = harness.journal.list(&Filter::default()).await.unwrap().last().unwrap().id.clone();
    let older = failed_rollback.id.clone();
    failed_rollback.leave().await;
    schedule(&harness, false);
    let order = harness
        .journal
        .order_rollback(
            samples::rollback(
                Environment::STAGING,
                &service("game"),
                Some(first),
                Actor::new("ada"),
            ),
            QUEUE,
        )
        .await
        .unwrap();
    harness.accept(request("1", "r-9")).await;
    sleep(Duration::from_secs(1800)).await;
    assert_eq!(status(&harness, &older).await, Status::Ended(Outcome::Abandoned));
    let ordered = status(&harness, &order.deployment.id).await;
    assert!(matches!(ordered, Status::Ended(Outcome::Succeeded | Outcome::Failed)), "{ordered}");
}

/// The statuses of a deployment whose rollback failed and of a newer request for its service, after
/// half an hour.
async fn newer_comes(replaces: bool) -> (Harness, [Status; 2]) {
    let harness = Harness::new();
    let (failed_rollback, _) = failed_rollback(&harness).await;
    let older = failed_rollback.id.clone();
    failed_rollback.leave().await;
    schedule(&harness, replaces);
    let newer = harness.accept(request("2", "r-1")).await;
    sleep(Duration::from_secs(1800)).await;
    let statuses = [status(&harness, &older).await, status(&harness, &newer).await];
    (harness, statuses)
}

fn schedule(harness: &Harness, replaces: bool) {
    let engine = harness.engine.clone();
    let worker = move |id| -> BoxFuture<'static, ()> {
        let engine = engine.clone();
        async move { engine.run(&id, &CancellationToken::new()).await }.boxed()
    };
    let journal = harness.journal.clone();
    let clock = harness.engine.clock.clone();
    tokio::spawn(Scheduler::run(
        journal,
        clock,
        worker,
        limits(1, replaces),
        CancellationToken::new(),
    ));
}

async fn status(harness: &Harness, id: &DeploymentId) -> Status {
    harness.journal.deployment(id).await.unwrap().unwrap().state.status()
}

#[tokio::test(start_paused = true)]
async fn a_newer_request_behind_a_failed_rollback_waits() {
    let (_, statuses) = newer_comes(false).await;
    assert_eq!(statuses, [Status::RollbackFailed, Status::Queued]);
}

#[tokio::test(start_paused = true)]
async fn a_newer_request_takes_over_a_failed_rollback_where_config_says_so() {
    let (harness, statuses) = newer_comes(true).await;
    assert_eq!(statuses, [Status::Ended(Outcome::Abandoned), Status::Ended(Outcome::Succeeded)]);
    assert_eq!(harness.serves(), "v2 100");
}
