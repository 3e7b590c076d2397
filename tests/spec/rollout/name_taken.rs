//! A plain Kubernetes Service has the name that Knative needs: a wait that cannot succeed ends, and
//! a rollback has Knative look again.

use std::time::Duration;

use boathook_core::record::Outcome;
use boathook_sandbox::{Caller, Kind, WriteOptions};
use boathook_testing::rollout_harness::{Harness, request};
use serde_json::json;

const NOT_OWNED: &str = "There is an existing placeholder Service \"game\" that we do not own.";

pub fn take_the_name(harness: &Harness) {
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "game"}});
    // It is there already where something was deployed before.
    let _ = harness.cluster.create(
        &Caller::admin(),
        Kind::Namespace,
        None,
        namespace,
        &WriteOptions::default(),
    );
    let plain = json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "game"},
        "spec": {"ports": [{"port": 80}]},
    });
    harness
        .cluster
        .create(&Caller::admin(), Kind::CoreService, Some("game"), plain, &WriteOptions::default())
        .unwrap();
}

pub fn free_the_name(harness: &Harness) {
    harness.cluster.delete(&Caller::admin(), Kind::CoreService, Some("game"), "game").unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_first_deployment_whose_name_is_taken_ends_within_seconds_and_says_by_what() {
    let harness = Harness::new();
    take_the_name(&harness);
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Failed);
    assert!(result.reason().contains(NOT_OWNED), "{}", result.reason());
    assert!(result.took() < Duration::from_secs(20), "{:?}\n{}", result.took(), result.timeline());
}

#[tokio::test(start_paused = true)]
async fn a_deployment_whose_name_is_taken_meanwhile_rolls_back_and_has_knative_look_again_once_it_is_free()
 {
    let harness = Harness::new();
    harness.deploy("1").await;
    take_the_name(&harness);
    let revisions = harness.revisions();
    let deploying = harness.start(request("2", "two")).await;
    tokio::time::sleep(Duration::from_secs(40)).await;
    free_the_name(&harness);
    let freed = tokio::time::Instant::now();
    let result = deploying.end().await;
    result.assert_end(Outcome::RolledBack);
    assert!(result.reason().contains(NOT_OWNED), "{}", result.reason());
    assert!(
        freed.elapsed() < Duration::from_secs(60),
        "Knative looked by itself: {:?}\n{}",
        freed.elapsed(),
        result.timeline()
    );
    assert!(result.timeline().contains("boathook.dev~1reconcile"), "{}", result.timeline());
    assert!(
        harness.revisions() <= revisions + 1,
        "looking again makes no revision: {}",
        result.timeline()
    );
    harness.assert_back_on("game-00001");
}

#[tokio::test(start_paused = true)]
async fn as_long_as_the_name_is_taken_knative_is_asked_to_look_only_a_few_times() {
    let harness = Harness::new();
    harness.deploy("1").await;
    take_the_name(&harness);
    let deploying = harness.start(request("2", "two")).await;
    tokio::time::sleep(Duration::from_secs(100)).await;
    free_the_name(&harness);
    let result = deploying.end().await;
    result.assert_end(Outcome::RolledBack);
    let asked = result.timeline().matches("boathook.dev~1reconcile").count();
    assert!((2..=6).contains(&asked), "asked {asked} times: {}", result.timeline());
}

#[tokio::test(start_paused = true)]
async fn a_rollback_to_a_service_whose_name_was_taken_before_ends_and_says_as_before_the_deployment()
 {
    let harness = Harness::new();
    harness.deploy("1").await;
    take_the_name(&harness);
    // Knative looks when something of the service changes.
    let tagged = json!([{"revisionName": "game-00001", "percent": 100, "tag": "kept"}]);
    harness.cluster.edit_as("anna", "game", "game", json!({"spec": {"traffic": tagged}})).unwrap();
    harness.settle().await;
    assert!(
        harness.service()["status"].to_string().contains("that we do not own"),
        "{:#}",
        harness.service()
    );
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::RolledBack);
    let notes = result.outcome.findings.notes.join("\n");
    assert!(notes.contains("as before the deployment, "), "{notes}\n{}", result.timeline());
    assert_eq!(harness.serves(), "v1 100");
}
