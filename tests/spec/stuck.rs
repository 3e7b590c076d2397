//! A rollback that fails: everyone is told, and boathook goes on trying, on a paused clock.

use std::{sync::Arc, time::Duration};

use boathook::{
    journal::{Event, Filter, Outcome, Record, State, Status},
    plan::Action,
    scheduler::Scheduler,
};
use boathook_core::deployment::{Actor, DeploymentId, Environment, Requester};
use boathook_sandbox::{Behaviour, Caller, Kind, WriteOptions};
use expect_test::expect;
use futures_util::{FutureExt, future::BoxFuture};
use serde_json::json;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::{
    rollout_world::{Deploying, REPOSITORY, World, blue_green, manifest, request},
    samples::{QUEUE, limits, service},
};

/// The first image serves; at 100 % the next one crashes, and the first cannot be started again. Gives the first one's digest too.
async fn stuck(world: &World) -> (Deploying<'_>, String) {
    world.deploy("1").await;
    let stable = world.digest_of("game-00001");
    world.cluster.publish(REPOSITORY, "errors", Behaviour::crash_after("v8", Duration::from_secs(290), 1));
    let deploying = world.start(blue_green("errors", "b-1")).await;
    world.wait_for_traffic("game-00001 0, game-00002 100 (boathook)").await;
    world.cluster.withdraw(&stable);
    world.cluster.evict(&stable);
    world.cluster.kill_pods("game", "game-00001");
    let told = timeout(Duration::from_secs(3600), world.journal.settled(&deploying.id)).await;
    let status = told.expect("nobody was told").unwrap().unwrap().state.status();
    assert_eq!(status, Status::RollbackFailed);
    (deploying, stable)
}

async fn state(world: &World, deploying: &Deploying<'_>) -> State {
    world.journal.deployment(&deploying.id).await.unwrap().unwrap().state
}

/// When the rollback failed, in seconds after it failed first.
fn failures(records: &[Record]) -> Vec<u64> {
    let failures: Vec<_> =
        records.iter().filter(|record| matches!(record.event, Event::RollbackFailed { .. })).map(|record| record.at).collect();
    failures.iter().map(|at| at.duration_since(failures[0]).unsigned_abs().as_secs()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_way_back_that_failed_is_tried_until_stable_answers_again() {
    let world = World::new();
    let (deploying, stable) = stuck(&world).await;
    sleep(Duration::from_secs(1800)).await;
    let waiting = state(&world, &deploying).await;
    assert_eq!(waiting.status(), Status::RollbackFailed);
    assert!(waiting.reason().unwrap().to_string().contains("the rollback failed 8 times, the last time: "), "{waiting:?}");
    world.cluster.restore(&stable);
    let told = deploying.end().await;
    assert_eq!((told.end(), told.ends()), (Outcome::RolledBack, 1), "{}", told.story());
    assert_eq!(world.serves(), "v1 100");
    world.assert_back_on("game-00001");
}

#[tokio::test(start_paused = true)]
async fn each_rest_is_twice_as_long_up_to_five_minutes_and_a_restart_does_not_shorten_it() {
    let world = World::new();
    let (deploying, _) = stuck(&world).await;
    sleep(Duration::from_secs(700)).await;
    let deploying = deploying.restart().await;
    sleep(Duration::from_secs(1800)).await;
    let failures = failures(&world.journal.records(&deploying.id, 0).await.unwrap());
    // A try takes 75 s, give or take one.
    let between: Vec<_> = failures.windows(2).map(|two| (two[1] - two[0] + 2) / 5 * 5).collect();
    expect!["[85, 95, 115, 155, 235, 375, 375, 375, 375]"].assert_eq(&format!("{between:?}"));
}

#[tokio::test(start_paused = true)]
async fn a_request_behind_a_rollback_that_failed_says_so_and_what_lets_it_begin() {
    let world = World::new();
    let (stuck, _) = stuck(&world).await;
    let waiting = world.accept(request("1", "three")).await;
    let held_up = world.journal.held_up(&waiting).unwrap().to_string();
    assert!(held_up.starts_with(&format!("waits for {} of the same service, accepted ", stuck.id)), "{held_up}");
    assert!(held_up.contains(" and now rollback failed: "), "{held_up}");
    let hint = format!(
        "; boathook goes on trying to roll it back; `boathook abort {}` leaves the service as it is and lets this one begin",
        stuck.id
    );
    assert!(held_up.ends_with(&hint), "{held_up}");
}

#[tokio::test(start_paused = true)]
async fn a_person_may_take_over_and_the_next_request_begins() {
    let world = World::new();
    let (deploying, _) = stuck(&world).await;
    let refused = world.journal.append(&deploying.id, Event::Steered { action: Action::Pause, by: Requester::operator("ada") }).await;
    assert!(refused.is_err(), "there is nothing to pause");
    world.journal.append(&deploying.id, Event::Steered { action: Action::Abort, by: Requester::operator("ada") }).await.unwrap();
    let told = deploying.end().await;
    assert_eq!((told.end(), told.ends()), (Outcome::Abandoned, 1), "{}", told.story());
    assert!(told.reason().ends_with("; aborted by ada"), "{}", told.reason());
    let repaired = world.deploy("2").await;
    assert_eq!(repaired.end(), Outcome::Succeeded, "{}", repaired.story());
    assert_eq!(world.serves(), "v2 100");
}

#[tokio::test(start_paused = true)]
async fn what_a_person_does_meanwhile_is_not_undone() {
    let world = World::new();
    let (deploying, _) = stuck(&world).await;
    let traffic = json!([{"latestRevision": true, "percent": 100}]);
    world.cluster.edit_as("jane", "game", "game", json!({"spec": {"traffic": traffic}})).unwrap();
    let told = deploying.end().await;
    assert_eq!((told.end(), told.ends()), (Outcome::Aborted, 1), "{}", told.story());
    assert!(told.reason().contains("last modified by jane; boathook left it alone"), "{}", told.reason());
    assert_eq!(world.wanted_traffic(), traffic.to_string());
}

#[tokio::test(start_paused = true)]
async fn a_service_that_was_made_anew_meanwhile_is_left_alone() {
    let world = World::new();
    let (deploying, _) = stuck(&world).await;
    world.delete_service();
    let anew = serde_yaml::from_str(&manifest("hi").replace(":placeholder", ":2")).unwrap();
    world.cluster.create(&Caller::admin(), Kind::Service, Some("game"), anew, &WriteOptions::default()).unwrap();
    let told = deploying.end().await;
    assert_eq!((told.end(), told.ends()), (Outcome::Aborted, 1), "{}", told.story());
    assert!(told.reason().contains("and made it anew; boathook left it alone"), "{}", told.reason());
    assert_eq!(world.serves(), "v2 100");
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_a_person_orders_takes_over_a_stuck_service() {
    let world = World::new();
    let (stuck, _) = stuck(&world).await;
    let first = world.journal.list(&Filter::default()).await.unwrap().last().unwrap().id.clone();
    let older = stuck.id.clone();
    stuck.leave().await;
    schedule(&world, false);
    let order = world.journal.order_rollback(Environment::Staging, &service("game"), Some(first), Actor::new("ada"), QUEUE).await.unwrap();
    world.accept(request("1", "r-9")).await;
    sleep(Duration::from_secs(1800)).await;
    assert_eq!(status(&world, &older).await, Status::Ended(Outcome::Abandoned));
    let ordered = status(&world, &order.id).await;
    assert!(matches!(ordered, Status::Ended(Outcome::Succeeded | Outcome::Failed)), "{ordered}");
}

/// How a stuck deployment and a newer request for its service stand after half an hour.
async fn newer_comes(replaces: bool) -> (World, [Status; 2]) {
    let world = World::new();
    let (stuck, _) = stuck(&world).await;
    let older = stuck.id.clone();
    stuck.leave().await;
    schedule(&world, replaces);
    let newer = world.accept(request("2", "r-1")).await;
    sleep(Duration::from_secs(1800)).await;
    let statuses = [status(&world, &older).await, status(&world, &newer).await];
    (world, statuses)
}

fn schedule(world: &World, replaces: bool) {
    let engine = world.engine.clone();
    let worker = move |id| -> BoxFuture<'static, ()> {
        let engine = engine.clone();
        async move { engine.run(&id, &CancellationToken::new()).await }.boxed()
    };
    let (journal, clock) = (world.journal.clone(), world.engine.clock.clone());
    tokio::spawn(Scheduler::run(journal, clock, worker, limits(1, replaces), Arc::default(), CancellationToken::new()));
}

async fn status(world: &World, id: &DeploymentId) -> Status {
    world.journal.deployment(id).await.unwrap().unwrap().state.status()
}

#[tokio::test(start_paused = true)]
async fn a_newer_request_for_a_stuck_service_waits() {
    let (_, statuses) = newer_comes(false).await;
    assert_eq!(statuses, [Status::RollbackFailed, Status::Queued]);
}

#[tokio::test(start_paused = true)]
async fn a_newer_request_takes_over_a_stuck_service_where_config_says_so() {
    let (world, statuses) = newer_comes(true).await;
    assert_eq!(statuses, [Status::Ended(Outcome::Abandoned), Status::Ended(Outcome::Succeeded)]);
    assert_eq!(world.serves(), "v2 100");
}
