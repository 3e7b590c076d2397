//! `watch`: a success goes on being probed, and what turns bad while it serves is rolled back.

use std::{collections::BTreeMap, time::Duration};

use boathook::plan::Settings;
use boathook_core::{
    deployment::Actor,
    health::{Latency, Mode, Serving},
    record::{AfterBad, Origin, Outcome, WatchEnd, WatchEvent},
    rollout::OnBad,
};
use boathook_sandbox::{Application, Behaviour, Fault, Patch, Selector, Times, WriteOptions};
use boathook_testing::rollout_harness::{Harness, REPOSITORY, blue_green, manifest, settings};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::support::watch_harness::{
    all, begin, deployed, deployed_as, digest, ended, over, turning_bad_after, watch_events,
    watched,
};

const MINUTE: Duration = Duration::from_secs(60);

/// The watch turned bad, and this followed.
#[track_caller]
fn bad(end: WatchEnd) -> (String, AfterBad) {
    let WatchEnd::Bad { reason, then } = end else { panic!("{end}") };
    (reason, then)
}

#[tokio::test(start_paused = true)]
async fn a_success_that_stays_healthy_is_watched_for_its_time_and_its_record_grows_by_two() {
    let harness = Harness::with(watched(60, OnBad::Rollback));
    let running = begin(&harness);
    deployed(&harness, "1").await;
    let id = deployed(&harness, "2").await;
    let watch = harness.journal.deployment(&id).await.unwrap().unwrap().watch.unwrap();
    assert!(watch.progress.to_string().ends_with(", clean so far"), "{}", watch.progress);
    assert_eq!(harness.journal.watched().len(), 1);
    let began = Instant::now();
    let programs = harness.cluster.commands().len();
    let reads = harness.cluster.reads().len();
    assert_eq!(over(&harness, &id).await, WatchEnd::Clean);
    assert!(began.elapsed().abs_diff(60 * MINUTE) < Duration::from_secs(10));
    let [WatchEvent::Watched { until }, WatchEvent::WatchEnded { figures, .. }] =
        &watch_events(&harness, &id).await[..]
    else {
        panic!("{:?}", watch_events(&harness, &id).await);
    };
    let left = until.duration_since(harness.engine.clock.now());
    assert!(left.abs() < jiff::SignedDuration::from_secs(10), "{left}");
    assert_eq!((figures.failures, figures.times.counts.iter().sum::<u64>()), (0, figures.samples));
    assert!((700..=730).contains(&figures.samples), "{}", figures.samples);
    assert_eq!(harness.cluster.commands().len(), programs);
    let reads = harness.cluster.reads().len() - reads;
    assert!(reads < 200, "{reads} reads in an hour");
    assert_eq!((harness.serves().as_str(), all(&harness).await.len()), ("v2 100", 2));
    assert!(harness.journal.watched().is_empty());
    running.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn what_turns_bad_at_minute_forty_is_rolled_back_by_a_deployment_of_its_own() {
    let harness = turning_bad_after(40, watched(60, OnBad::Rollback));
    let running = begin(&harness);
    let first = deployed(&harness, "1").await;
    let began = Instant::now();
    let id = deployed(&harness, "late").await;
    let (reason, then) = bad(over(&harness, &id).await);
    assert!((39..42).contains(&(began.elapsed().as_secs() / 60)), "{:?}", began.elapsed());
    assert!(reason.contains("3 failures in a row"), "{reason}");
    let AfterBad::RollsBack { rollback } = then else { panic!("{then:?}") };
    assert_eq!(ended(&harness, &rollback).await, Outcome::Succeeded);
    assert_eq!(harness.serves(), "v1 100");
    let deployment = harness.journal.deployment(&rollback).await.unwrap().unwrap();
    let by = Actor::new("boathook").noting(format!("the watch of {id} turned bad: {reason}"));
    let origin = Origin::Rollback { to: first, by, after_watch: Some(id.clone()) };
    assert_eq!(deployment.acceptance.origin, origin);
    let withdrawal =
        harness.journal.withdrawal(&digest(&harness, "game-00002")).await.unwrap().unwrap();
    assert!(withdrawal.to_string().contains(&format!("{id} of game/game in staging")));
    assert!(harness.journal.holds().is_empty());
    // Nobody watches what a rollback brought back.
    assert_eq!((deployment.watch, harness.journal.watched().len()), (None, 0));
    sleep(120 * MINUTE).await;
    assert_eq!((all(&harness).await.len(), watch_events(&harness, &id).await.len()), (3, 2));
    running.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn with_on_bad_notify_the_record_says_so_and_nothing_is_rolled_back() {
    let harness = turning_bad_after(10, watched(60, OnBad::Notify));
    let running = begin(&harness);
    deployed(&harness, "1").await;
    let id = deployed(&harness, "late").await;
    let (_, then) = bad(over(&harness, &id).await);
    assert_eq!(then, AfterBad::Stays { why: "the config says `on_bad: notify`".to_owned() });
    sleep(60 * MINUTE).await;
    assert_eq!((all(&harness).await.len(), watch_events(&harness, &id).await.len()), (2, 2));
    assert!(harness.journal.withdrawals(9).await.unwrap().is_empty());
    running.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn a_blue_green_success_and_one_that_is_asked_by_grpc_are_watched_too() {
    let harness = turning_bad_after(30, watched(60, OnBad::Rollback));
    let running = begin(&harness);
    deployed(&harness, "1").await;
    let id = deployed_as(&harness, blue_green("late", "blue")).await;
    let (_, then) = bad(over(&harness, &id).await);
    let AfterBad::RollsBack { rollback } = then else { panic!("{then:?}") };
    assert_eq!(ended(&harness, &rollback).await, Outcome::Succeeded);
    assert_eq!(harness.serves(), "v1 100");
    running.stopped().await;

    let mut asking = watched(60, OnBad::Rollback);
    asking.probing.rules.paths.clear();
    asking.verify.rules.paths.clear();
    let harness = Harness::with(asking);
    let services = Some(BTreeMap::from([("orders.v1".to_owned(), Serving::Serving)]));
    let application = Application { grpc: services, ..Application::default() };
    harness.cluster.publish(REPOSITORY, "1", Behaviour::insisting("v1", application));
    let probe = "readinessProbe: {grpc: {service: orders.v1}}\n          env:";
    harness.manifest("10-game.yaml", &manifest("hi").replace("env:", probe));
    let running = begin(&harness);
    let id = deployed(&harness, "1").await;
    assert_eq!(over(&harness, &id).await, WatchEnd::Clean);
    running.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn a_container_that_crashes_in_the_watch_is_bad_as_in_a_hold() {
    let harness = Harness::with(watched(60, OnBad::Rollback));
    let crash = Behaviour::crash_after("late", 20 * MINUTE, 3);
    harness.cluster.publish(REPOSITORY, "late", crash);
    let running = begin(&harness);
    deployed(&harness, "1").await;
    let began = Instant::now();
    let id = deployed(&harness, "late").await;
    let (reason, then) = bad(over(&harness, &id).await);
    assert!(reason.contains("exit code 3"), "{reason}");
    assert!(matches!(then, AfterBad::RollsBack { .. }), "{then:?}");
    assert!(began.elapsed() < 22 * MINUTE, "{:?}", began.elapsed());
    running.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn slow_answers_are_judged_now_and_then_and_not_only_at_the_end_of_a_day() {
    let mut slow = watched(24 * 60, OnBad::Notify);
    let limit = Latency { percentile: 50, limit: Duration::from_millis(1), mode: Mode::Fail };
    slow.probing.rules.latency = Some(limit);
    // The hold is too short to have an opinion.
    slow.stages.values_mut().flatten().for_each(|stage| stage.hold = Duration::ZERO);
    let mut harness = Harness::with(slow);
    harness.cluster.publish(REPOSITORY, "1", Behaviour::slow("v1", Duration::from_millis(5)));
    let running = begin(&harness);
    let began = Instant::now();
    let id = deployed(&harness, "1").await;
    let (reason, _) = bad(over(&harness, &id).await);
    assert!(reason.contains("allowed are 1 ms"), "{reason}");
    assert!(began.elapsed() < 60 * MINUTE, "{:?}", began.elapsed());
    running.stopped().await;
    harness.restart().await;
}

#[tokio::test(start_paused = true)]
async fn probes_keep_a_service_from_scaling_to_zero_for_the_time_of_the_watch() {
    let pods = |harness: &Harness| {
        let list = harness.cluster.list(
            &boathook_sandbox::Caller::admin(),
            boathook_sandbox::Kind::Pod,
            Some("game"),
            &boathook_sandbox::Selector::default(),
        );
        list.unwrap()["items"].as_array().unwrap().len()
    };
    for (settings, stays) in [(settings(), 0), (watched(60, OnBad::Rollback), 1)] {
        let harness = Harness::with(settings);
        let running = begin(&harness);
        deployed(&harness, "1").await;
        sleep(30 * MINUTE).await;
        assert_eq!(pods(&harness), stays);
        sleep(60 * MINUTE).await;
        assert_eq!(pods(&harness), 0);
        running.stopped().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_is_away_is_no_bad_verdict() {
    let harness = Harness::with(watched(30, OnBad::Rollback));
    let running = begin(&harness);
    let id = deployed(&harness, "1").await;
    sleep(5 * MINUTE).await;
    harness.cluster.fail("kubectl", Times::UntilHealed, Fault::Unreachable);
    harness.cluster.break_watches();
    assert_eq!(over(&harness, &id).await, WatchEnd::Clean);
    harness.cluster.heal("kubectl");
    running.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn a_container_that_ended_before_the_success_says_nothing_of_the_time_after_it() {
    let harness = Harness::with(watched(30, OnBad::Rollback));
    let slow = Behaviour::crash_at_first("v1", 1, 3, "the database is not there yet");
    harness.cluster.publish(REPOSITORY, "slow", slow);
    let running = begin(&harness);
    let id = deployed(&harness, "slow").await;
    assert_eq!(over(&harness, &id).await, WatchEnd::Clean);
    running.stopped().await;
}

/// The containers of the pod that serves end as when their node restarts: all, or all but the
/// sidecar.
fn containers_end(harness: &Harness, whole_pod: bool) {
    let caller = boathook_sandbox::Caller::admin();
    let kind = boathook_sandbox::Kind::Pod;
    let namespace = Some("game");
    let pods = harness.cluster.list(&caller, kind, namespace, &Selector::default()).unwrap();
    let pod = pods["items"].as_array().unwrap().last().unwrap();
    let mut containers = pod["status"]["containerStatuses"].clone();
    for container in containers.as_array_mut().unwrap() {
        if whole_pod || container["name"] != "queue-proxy" {
            let at = harness.engine.clock.now();
            container["restartCount"] = json!(1);
            container["lastState"]["terminated"] =
                json!({"exitCode": 255, "reason": "Unknown", "finishedAt": at});
        }
    }
    let patch = Patch::Merge(json!({"status": {"containerStatuses": containers}}));
    let name = pod["metadata"]["name"].as_str().unwrap();
    let options = WriteOptions::default();
    harness.cluster.patch_status(&caller, kind, namespace, name, &patch, &options).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_restart_of_the_whole_pod_as_by_its_node_is_no_crash() {
    for whole_pod in [true, false] {
        let harness = Harness::with(watched(30, OnBad::Rollback));
        let running = begin(&harness);
        deployed(&harness, "1").await;
        let id = deployed(&harness, "2").await;
        sleep(5 * MINUTE).await;
        containers_end(&harness, whole_pod);
        match over(&harness, &id).await {
            WatchEnd::Clean => assert!(whole_pod),
            end => assert!(!whole_pod && bad(end).0.contains("exit code 255")),
        }
        running.stopped().await;
    }
}

#[tokio::test(start_paused = true)]
async fn while_the_gateway_is_away_nothing_is_judged_and_the_watch_goes_on_after_it() {
    for api_server_too in [false, true] {
        let harness = turning_bad_after(100, watched(60, OnBad::Rollback));
        let running = begin(&harness);
        deployed(&harness, "1").await;
        let began = Instant::now();
        let id = deployed(&harness, "late").await;
        sleep(50 * MINUTE).await;
        harness.cluster.fail("probe", Times::UntilHealed, Fault::Unreachable);
        if api_server_too {
            harness.cluster.fail("kubectl", Times::UntilHealed, Fault::Unreachable);
            harness.cluster.break_watches();
        }
        sleep(20 * MINUTE).await;
        assert_eq!((harness.journal.watched().len(), all(&harness).await.len()), (1, 2));
        harness.cluster.heal("kubectl");
        harness.cluster.heal("probe");
        assert_eq!(over(&harness, &id).await, WatchEnd::Clean);
        assert!((70..75).contains(&(began.elapsed().as_secs() / 60)), "{:?}", began.elapsed());
        running.stopped().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_hangs_is_bad_though_nothing_answers() {
    let harness = Harness::with(watched(60, OnBad::Rollback));
    let running = begin(&harness);
    deployed(&harness, "1").await;
    let id = deployed(&harness, "2").await;
    sleep(5 * MINUTE).await;
    harness.cluster.fail("probe", Times::Next(5), Fault::Hang);
    let (reason, then) = bad(over(&harness, &id).await);
    assert!(reason.contains("no answer within"), "{reason}");
    assert!(matches!(then, AfterBad::RollsBack { .. }), "{then:?}");
    running.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn a_restart_shortly_before_the_end_of_few_samples_is_no_bad_verdict() {
    let mut rare = watched(30, OnBad::Rollback);
    rare.probing.rules.interval = MINUTE / 2;
    rare.probing.rules.min_samples = 5;
    rare.stages.values_mut().flatten().for_each(|stage| stage.hold = 3 * MINUTE);
    let mut harness = Harness::with(rare);
    let running = begin(&harness);
    let id = deployed(&harness, "1").await;
    sleep(30 * MINUTE - Duration::from_secs(10)).await;
    running.stopped().await;
    harness.restart().await;
    let running = begin(&harness);
    assert_eq!(over(&harness, &id).await, WatchEnd::Clean);
    running.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn a_restart_goes_on_with_the_rest_of_the_time_also_where_it_is_over() {
    let mut harness = Harness::with(watched(60, OnBad::Rollback));
    let running = begin(&harness);
    let id = deployed(&harness, "1").await;
    let began = Instant::now();
    sleep(20 * MINUTE).await;
    running.stopped().await;
    harness.restart().await;
    let running = begin(&harness);
    assert_eq!(harness.journal.watched().len(), 1);
    assert_eq!(over(&harness, &id).await, WatchEnd::Clean);
    assert!(began.elapsed().abs_diff(60 * MINUTE) < Duration::from_secs(10));
    let second = deployed(&harness, "2").await;
    running.killed().await;
    harness.restart().await;
    sleep(180 * MINUTE).await;
    let running = begin(&harness);
    let began = Instant::now();
    assert_eq!(over(&harness, &second).await, WatchEnd::Clean);
    assert!(began.elapsed() < MINUTE, "{:?}", began.elapsed());
    assert_eq!(
        (watch_events(&harness, &id).await.len(), watch_events(&harness, &second).await.len()),
        (2, 2)
    );
    running.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn a_watch_keeps_the_rules_of_its_plan() {
    let harness = turning_bad_after(10, watched(60, OnBad::Notify));
    let running = begin(&harness);
    let id = deployed(&harness, "late").await;
    running.stopped().await;
    let mut other = harness;
    other.restart().await;
    let settings = Settings { watch: None, ..settings() };
    let tools = std::sync::Arc::clone(&other.engine.configuration.get().tools);
    let settings = std::sync::Arc::new(settings);
    other.engine.configuration =
        boathook_core::current::Current::fixed(boathook::engine::Configuration {
            tools,
            settings: std::sync::Arc::new(move |_, _| Some(std::sync::Arc::clone(&settings))),
        });
    let running = begin(&other);
    assert!(matches!(bad(over(&other, &id).await).1, AfterBad::Stays { .. }));
    running.stopped().await;
}
