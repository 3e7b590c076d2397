//! What a rollback takes for its own where others changed the same objects before or meanwhile.

use boathook_core::{
    deployment::{Actor, DeployRequest, Environment, Requester, ServiceName},
    record::{DeploymentEvent, Outcome},
    rollout::Action,
};
use boathook_sandbox::{Fault, Times};
use boathook_testing::shipped::Shipped as _;
use boathook_testing::{
    rollout_harness::{Harness, blue_green, manifest, request, settings},
    samples::{self, QUEUE, service},
};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::support::restoring_harness::{changed, configure, deployed, edit, live, map, mottos};

/// A request for another service of the same folder.
fn other(tag: &str) -> DeployRequest {
    DeployRequest {
        service_name: ServiceName::parse("other").unwrap(),
        ..request(tag, &format!("other-{tag}"))
    }
}

fn with_another_service(harness: &Harness) {
    let other = manifest("hi").replace("name: game\n  namespace", "name: other\n  namespace");
    harness.manifest("11-other.yaml", &other);
}

/// The rollback of the next deployment may not apply anything.
fn refuse_the_restore(harness: &Harness) {
    let refusal = "Error from server (Forbidden): no";
    harness.cluster.fail("kubectl apply", Times::After(1), Fault::Exit(refusal.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_second_failure_with_the_same_folder_brings_back_what_the_first_one_left() {
    let harness = changed(settings()).await;
    refuse_the_restore(&harness);
    harness.deploy("crash").await.assert_end(Outcome::RolledBack);
    assert_eq!(mottos(&harness), ["second", "second"]);
    let result = harness.deploy("crash").await;
    harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    assert_eq!(mottos(&harness), ["first", "first"], "{}", result.timeline());
}

#[tokio::test(start_paused = true)]
async fn a_value_that_someone_changed_by_hand_before_a_failed_deployment_comes_back() {
    let harness = deployed(settings()).await;
    edit(&harness, "one", json!({"data": {"motto": "by hand"}}));
    harness.deploy("crash").await.assert_end(Outcome::RolledBack);
    assert_eq!(mottos(&harness), ["by hand", "first"]);
    configure(&harness, "second");
    let result = harness.deploy("crash").await;
    harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    assert_eq!(mottos(&harness), ["by hand", "first"], "{}", result.timeline());
}

#[tokio::test(start_paused = true)]
async fn what_another_service_of_the_folder_brought_since_is_what_a_failure_goes_back_to() {
    let harness = deployed(settings()).await;
    with_another_service(&harness);
    configure(&harness, "second");
    harness.deploy("crash").await.assert_end(Outcome::RolledBack);
    assert_eq!(mottos(&harness), ["first", "first"]);
    harness.deploy_request(other("2")).await.assert_end(Outcome::Succeeded);
    assert_eq!(mottos(&harness), ["second", "second"]);
    configure(&harness, "third");
    let result = harness.deploy("crash").await;
    harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    assert_eq!(mottos(&harness), ["second", "second"], "{}", result.timeline());
}

#[tokio::test(start_paused = true)]
async fn what_another_service_was_deployed_with_meanwhile_stays_and_is_named() {
    let harness = deployed(settings()).await;
    with_another_service(&harness);
    configure(&harness, "second");
    let deploying = harness.start(blue_green("2", "b-1")).await;
    harness.wait_for_traffic("game-00001 90, game-00002 10 (boathook)").await;
    harness.deploy_request(other("2")).await.assert_end(Outcome::Succeeded);
    let abort = DeploymentEvent::Steered { action: Action::Abort, by: Requester::operator("ada") };
    harness.journal.append(&deploying.id, abort).await.unwrap();
    let result = deploying.end().await;
    harness.assert_ended(&result, Outcome::Aborted, "v1 100");
    assert_eq!(mottos(&harness), ["second", "second"], "{}", result.timeline());
    let said = "ConfigMap game/one was not brought back: another service was deployed with it \
                meanwhile";
    assert!(result.reason().contains(said), "{}", result.reason());
}

#[tokio::test(start_paused = true)]
async fn what_only_failures_are_known_to_have_applied_is_left_and_named() {
    let harness = deployed(settings()).await;
    harness.manifest("30-new.yaml", &map("new", "first"));
    let refused = "Error from server (Forbidden): no";
    harness.deploy("crash").await.assert_end(Outcome::RolledBack);
    harness.manifest("30-new.yaml", &map("new", "second"));
    harness.cluster.fail("kubectl apply", Times::After(1), Fault::Exit(refused.to_owned()));
    harness.deploy("crash").await.assert_end(Outcome::RolledBack);
    harness.manifest("30-new.yaml", &map("new", "third"));
    let result = harness.deploy("crash").await;
    harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    assert_eq!(live(&harness, "new").unwrap()["data"]["motto"], "third");
    let said = "ConfigMap game/new was not brought back: a deployment that failed had left it so";
    assert!(result.reason().contains(said), "{}", result.reason());
}

#[tokio::test(start_paused = true)]
async fn an_ordered_rollback_runs_no_job_again_and_makes_nothing_anew_that_someone_deleted() {
    let harness = deployed(settings()).await;
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate}\nspec: {template: {spec: \
               {restartPolicy: Never, containers: [{name: migrate, image: \
               registry.example/tools:1}]}}}\n";
    harness.manifest("30-job.yaml", job);
    harness.deploy("1").await.assert_end(Outcome::Succeeded);
    configure(&harness, "second");
    std::fs::remove_file(harness.directory().join("30-job.yaml")).unwrap();
    harness.deploy("2").await.assert_end(Outcome::Succeeded);
    let admin = boathook_sandbox::Caller::admin();
    for (kind, name) in
        [(boathook_sandbox::Kind::Job, "migrate"), (boathook_sandbox::Kind::ConfigMap, "two")]
    {
        harness.cluster.delete(&admin, kind, Some("game"), name).unwrap();
    }
    let by = Actor::new("ada");
    let order = samples::rollback(Environment::STAGING, &service("game"), None, by);
    let id = harness.journal.order_rollback(order, QUEUE).await.unwrap().deployment.id;
    harness.engine.run(&id, &CancellationToken::new()).await;
    let result = harness.result(&id).await;
    harness.assert_ended(&result, Outcome::Succeeded, "v1 100");
    assert_eq!(mottos(&harness), ["first", "absent"], "{}", result.timeline());
    let gone = harness.cluster.get(&admin, boathook_sandbox::Kind::Job, Some("game"), "migrate");
    assert!(gone.is_err(), "{}", result.timeline());
    let said = result.outcome.findings.restored.to_string();
    assert!(said.contains("left ConfigMap game/two (someone deleted it since)"), "{said}");
}
