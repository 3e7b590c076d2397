//! A rollback brings back the objects beside the service, before the service itself.

use boathook_core::record::{Event, Outcome, StepEvent};
use boathook_sandbox::{Fault, Times};
use boathook_testing::rollout_harness::{RolloutResult, blue_green, settings, timeline};
use expect_test::expect;
use serde_json::json;

use crate::support::restoring_harness::{UNKNOWN, configure, deployed, edit, mottos};

/// What `kubectl apply` is told by a rollback.
const RESTORE: &str = "kubectl apply -f restore/staging --field-manager boathook";

/// The steps of the rollback and the programs that changed something in it.
fn way_back(result: &RolloutResult) -> String {
    let failed = |record: &boathook_core::record::Record| {
        matches!(record.event, Event::Step(StepEvent::StepFailed { .. }))
    };
    let at = result.records.iter().position(failed).unwrap();
    let timeline = timeline(&result.records[at..]);
    let wanted = |line: &&str| line.starts_with("  ") && !line.contains("learned Waiting");
    let short = |line: &str| line.split(" -p ").next().unwrap_or_default().to_owned() + "\n";
    timeline.lines().filter(wanted).map(short).collect()
}

#[tokio::test(start_paused = true)]
async fn a_failed_deployment_takes_its_config_maps_and_its_environment_back_the_config_maps_first()
{
    let harness = deployed(settings()).await;
    configure(&harness, "second");
    let result = harness.deploy_request(blue_green("crash", "b-1")).await;
    harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    harness.assert_back_on("game-00001");
    assert_eq!(mottos(&harness), ["first", "first"]);
    let way_back = way_back(&result);
    let restored = way_back.find(RESTORE).expect(&way_back);
    assert!(restored < way_back.find("readopt_stable").expect(&way_back), "{way_back}");
    expect![[r#"
        restored ConfigMap game/one, ConfigMap game/two"#]]
    .assert_eq(&result.outcome.findings.restored.to_string());
    assert!(!result.reason().contains("ConfigMap"), "{}", result.reason());
}

#[tokio::test(start_paused = true)]
async fn a_success_leaves_what_it_applied() {
    let harness = deployed(settings()).await;
    configure(&harness, "second");
    harness.deploy("2").await.assert_end(Outcome::Succeeded);
    assert_eq!(mottos(&harness), ["second", "second"]);
}

#[tokio::test(start_paused = true)]
async fn a_folder_that_did_not_change_costs_a_rollback_no_program() {
    let harness = deployed(settings()).await;
    let result = harness.deploy("crash").await;
    harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    assert!(!result.timeline().contains("restore/staging"), "{}", result.timeline());
    assert!(result.outcome.findings.restored.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_someone_changed_since_the_apply_stays_and_is_named() {
    let harness = deployed(settings()).await;
    configure(&harness, "second");
    let deploying = harness.start(blue_green("crash", "b-1")).await;
    while mottos(&harness) != ["second", "second"] {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    edit(&harness, "two", json!({"data": {"motto": "by hand"}}));
    let result = deploying.end().await;
    harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    assert_eq!(mottos(&harness), ["first", "by hand"]);
    let said = "; ConfigMap game/two was not brought back: someone else changed it since this \
                deployment applied it";
    assert!(result.reason().ends_with(said), "{}", result.reason());
}

#[tokio::test(start_paused = true)]
async fn a_config_map_that_may_not_be_restored_keeps_no_user_on_a_bad_revision() {
    let harness = deployed(settings()).await;
    configure(&harness, "second");
    let refusal = "Error from server (Forbidden): configmaps is forbidden";
    // The first apply is the deployment's own.
    harness.cluster.fail("kubectl apply", Times::After(1), Fault::Exit(refusal.to_owned()));
    let result = harness.deploy("crash").await;
    harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    harness.assert_back_on("game-00001");
    let said = "ConfigMap game/one was not brought back: `kubectl apply -f restore/staging";
    assert!(result.reason().contains(said), "{}", result.reason());
    assert!(result.reason().contains(refusal), "{}", result.reason());
}

#[tokio::test(start_paused = true)]
async fn a_restore_that_hangs_holds_up_the_rollback_for_its_own_deadline_and_no_longer() {
    let harness = deployed(settings()).await;
    configure(&harness, "second");
    harness.cluster.fail("kubectl apply", Times::After(1), Fault::Hang);
    let result = harness.deploy("crash").await;
    harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    let began = |step: &str| {
        let record = result.records.iter().find(|record| {
            matches!(&record.event, Event::Step(StepEvent::StepStarted { step: name }) if name == step)
        });
        record.unwrap_or_else(|| panic!("{step}\n{}", result.timeline())).at
    };
    let took = began("readopt_stable").duration_since(began("restore_objects")).unsigned_abs();
    assert!(took.as_secs() <= 25, "{took:?}\n{}", result.timeline());
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_fails_half_way_through_its_apply_takes_back_what_it_applied() {
    let harness = deployed(settings()).await;
    configure(&harness, "second");
    harness.manifest("22-bad.yaml", UNKNOWN);
    let result = harness.deploy("2").await;
    harness.assert_ended(&result, Outcome::Failed, "v1 100");
    assert!(result.reason().contains("; the service was not changed"), "{}", result.reason());
    assert_eq!(mottos(&harness), ["first", "first"]);
    assert!(!result.timeline().contains("readopt_stable"), "{}", result.timeline());
}

#[tokio::test(start_paused = true)]
async fn after_a_restore_that_failed_the_next_failure_goes_back_to_the_last_success() {
    let harness = deployed(settings()).await;
    configure(&harness, "second");
    harness.cluster.fail(
        "kubectl apply",
        Times::After(1),
        Fault::Exit("Error from server (Forbidden): no".to_owned()),
    );
    harness.deploy("crash").await.assert_end(Outcome::RolledBack);
    assert_eq!(mottos(&harness), ["second", "second"]);
    configure(&harness, "third");
    let result = harness.deploy("crash").await;
    harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    assert_eq!(mottos(&harness), ["first", "first"], "{}", result.timeline());
}
