//! An ordered rollback brings back the objects that the revision was deployed with.

use boathook_core::record::Outcome;
use boathook_sandbox::{Fault, Times};
use boathook_testing::rollout_harness::{Harness, RolloutResult, settings};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::support::restoring_harness::{configure, edit, mottos, order, replaced};

async fn roll_back(harness: &Harness) -> RolloutResult {
    let id = order(harness, None).await;
    harness.engine.run(&id, &CancellationToken::new()).await;
    harness.result(&id).await
}

#[tokio::test(start_paused = true)]
async fn an_ordered_rollback_brings_the_config_maps_back_before_the_revision() {
    let harness = replaced(settings()).await;
    let result = roll_back(&harness).await;
    harness.assert_ended(&result, Outcome::Succeeded, "v1 100");
    assert_eq!(
        result.steps(),
        ["bring_back_objects", "adopt_revision", "verify", "pin_traffic"],
        "{}",
        result.timeline()
    );
    assert_eq!(mottos(&harness), ["first", "first"], "{}", result.timeline());
    assert_eq!(
        result.outcome.findings.restored.to_string(),
        "restored ConfigMap game/one, ConfigMap game/two"
    );
    assert_eq!(result.reason(), "");
}

#[tokio::test(start_paused = true)]
async fn what_someone_changed_since_is_left_by_an_ordered_rollback_and_named() {
    let harness = replaced(settings()).await;
    edit(&harness, "two", json!({"data": {"motto": "by hand"}}));
    let result = roll_back(&harness).await;
    harness.assert_ended(&result, Outcome::Succeeded, "v1 100");
    assert_eq!(mottos(&harness), ["first", "by hand"]);
    assert_eq!(
        result.outcome.findings.restored.to_string(),
        "restored ConfigMap game/one; left ConfigMap game/two (someone else changed it since \
         boathook applied it)"
    );
    assert_eq!(
        result.reason(),
        "ConfigMap game/two was not brought back: someone else changed it since boathook applied it"
    );
}

#[tokio::test(start_paused = true)]
async fn an_ordered_rollback_whose_objects_are_refused_brings_back_the_revision_all_the_same() {
    let harness = replaced(settings()).await;
    let refusal = "Error from server (Forbidden): configmaps is forbidden";
    harness.cluster.fail("kubectl apply", Times::Next(1), Fault::Exit(refusal.to_owned()));
    let result = roll_back(&harness).await;
    harness.assert_ended(&result, Outcome::Succeeded, "v1 100");
    assert_eq!(mottos(&harness), ["second", "second"]);
    let said = result.outcome.findings.restored.to_string();
    assert!(said.contains("left ConfigMap game/one (") && said.contains(refusal), "{said}");
}

#[tokio::test(start_paused = true)]
async fn an_ordered_rollback_that_fails_puts_the_objects_back_to_what_they_were() {
    let harness = replaced(settings()).await;
    let by_its_digest = harness.digest_of("game-00001");
    harness.cluster.kill_pods("game", "game-00001");
    harness.cluster.withdraw(&by_its_digest);
    harness.cluster.evict(&by_its_digest);
    let result = roll_back(&harness).await;
    harness.assert_ended(&result, Outcome::RolledBack, "v2 100");
    assert_eq!(mottos(&harness), ["second", "second"], "{}", result.timeline());
    assert!(result.timeline().contains("apply -f objects/staging"), "{}", result.timeline());
    assert!(result.timeline().contains("apply -f restore/staging"), "{}", result.timeline());
}

#[tokio::test(start_paused = true)]
async fn a_rollback_to_a_revision_that_is_gone_brings_its_objects_back_too() {
    let harness = replaced(settings()).await;
    let admin = boathook_sandbox::Caller::admin();
    let kind = boathook_sandbox::Kind::Revision;
    harness.cluster.delete(&admin, kind, Some("game"), "game-00001").unwrap();
    let result = roll_back(&harness).await;
    harness.assert_ended(&result, Outcome::Succeeded, "v1 100");
    assert_eq!(mottos(&harness), ["first", "first"], "{}", result.timeline());
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_fails_after_an_ordered_rollback_goes_back_to_what_that_restored() {
    let harness = replaced(settings()).await;
    roll_back(&harness).await.assert_end(Outcome::Succeeded);
    configure(&harness, "third");
    let result = harness.deploy("crash").await;
    harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    assert_eq!(mottos(&harness), ["first", "first"], "{}", result.timeline());
}

#[tokio::test(start_paused = true)]
async fn a_config_map_that_a_failed_rollback_left_is_brought_back_by_an_ordered_one() {
    let harness = replaced(settings()).await;
    configure(&harness, "third");
    let refusal = "Error from server (Forbidden): no";
    harness.cluster.fail("kubectl apply", Times::After(1), Fault::Exit(refusal.to_owned()));
    harness.deploy("crash").await.assert_end(Outcome::RolledBack);
    assert_eq!(mottos(&harness), ["third", "third"]);
    let result = roll_back(&harness).await;
    harness.assert_ended(&result, Outcome::Succeeded, "v1 100");
    assert_eq!(mottos(&harness), ["first", "first"], "{}", result.timeline());
}
