//! Objects that a deployment created, or whose past nobody knows, in its rollback.

use boathook::{journal::RedeployOrder, plan::Settings};
use boathook_core::{
    deployment::{Actor, DeploymentId, Environment, Requester},
    record::{DeploymentEvent, Outcome},
    rollout::{Action, ChangedObjects, CreatedObjects, RestoreRule},
};
use boathook_sandbox::{Caller, Fault, Kind, Times, WriteOptions};
use boathook_testing::shipped::Shipped as _;
use boathook_testing::{
    rollout_harness::{Harness, RolloutResult, blue_green, settings},
    samples::{QUEUE, service},
};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::support::restoring_harness::{changed, configure, deployed, edit, live, map, mottos};

const DELETE: &str = "kubectl delete --raw /api/v1/namespaces/game/configmaps/new";

fn with(objects: ChangedObjects, created: CreatedObjects) -> Settings {
    Settings { rollback: RestoreRule { objects, created }, ..settings() }
}

/// The first image serves, and the folder has one ConfigMap more.
async fn with_a_new_one(created: CreatedObjects) -> Harness {
    let harness = deployed(with(ChangedObjects::Restore, created)).await;
    harness.manifest("30-new.yaml", &map("new", "first"));
    harness
}

async fn run(harness: &Harness, id: &DeploymentId) -> RolloutResult {
    harness.engine.run(id, &CancellationToken::new()).await;
    harness.result(id).await
}

#[tokio::test(start_paused = true)]
async fn what_a_failed_deployment_created_stays_as_delivered_and_is_named() {
    let harness = with_a_new_one(CreatedObjects::default()).await;
    let result = harness.deploy("crash").await;
    harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    assert!(live(&harness, "new").is_some());
    assert_eq!(result.outcome.findings.restored.to_string(), "kept ConfigMap game/new");
    assert!(!result.reason().contains("ConfigMap"), "{}", result.reason());
}

#[tokio::test(start_paused = true)]
async fn what_a_failed_deployment_created_is_deleted_where_the_settings_say_so() {
    let harness = with_a_new_one(CreatedObjects::Delete).await;
    let result = harness.deploy("crash").await;
    harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    assert!(live(&harness, "new").is_none());
    assert_eq!(result.outcome.findings.restored.to_string(), "deleted ConfigMap game/new");
    let deletes = format!("{DELETE} -f delete-options.json");
    assert!(result.changes().contains(&deletes), "{}", result.timeline());
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_is_refused_is_named_and_the_service_goes_back() {
    let harness = with_a_new_one(CreatedObjects::Delete).await;
    let refusal = "Error from server (Forbidden): configmaps \"new\" is forbidden";
    harness.cluster.fail("kubectl delete", Times::Next(1), Fault::Exit(refusal.to_owned()));
    let result = harness.deploy("crash").await;
    harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    assert!(
        result.reason().contains("ConfigMap game/new was not brought back"),
        "{}",
        result.reason()
    );
    assert!(result.reason().contains(refusal), "{}", result.reason());
}

#[tokio::test(start_paused = true)]
async fn what_someone_changed_after_it_was_created_is_not_deleted() {
    let harness = with_a_new_one(CreatedObjects::Delete).await;
    let deploying = harness.start(blue_green("crash", "b-1")).await;
    while live(&harness, "new").is_none() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    edit(&harness, "new", json!({"data": {"motto": "by hand"}}));
    let result = deploying.end().await;
    harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    assert_eq!(live(&harness, "new").unwrap()["data"]["motto"], "by hand");
    let said = "ConfigMap game/new was not brought back: someone else changed it since this \
                deployment created it";
    assert!(result.reason().contains(said), "{}", result.reason());
}

#[tokio::test(start_paused = true)]
async fn a_claim_is_kept_whatever_the_settings_say() {
    let harness = deployed(with(ChangedObjects::Restore, CreatedObjects::Delete)).await;
    harness.manifest(
        "30-disk.yaml",
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: disk}\nspec: {accessModes: \
         [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n",
    );
    let result = harness.deploy("crash").await;
    harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    assert_eq!(
        result.outcome.findings.restored.to_string(),
        "kept PersistentVolumeClaim game/disk"
    );
}

#[tokio::test(start_paused = true)]
async fn with_objects_kept_nothing_is_recorded_and_nothing_comes_back() {
    let harness = changed(with(ChangedObjects::Keep, CreatedObjects::Keep)).await;
    let result = harness.deploy("crash").await;
    harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    assert_eq!(mottos(&harness), ["second", "second"]);
    assert!(!result.timeline().contains("ObjectsBefore"), "{}", result.timeline());
}

#[tokio::test(start_paused = true)]
async fn an_object_that_kubectl_apply_had_not_made_is_left_and_named() {
    let harness = deployed(settings()).await;
    let made = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "new", "namespace": "game"},
        "data": {"motto": "by hand"},
    });
    let options = WriteOptions::default();
    harness
        .cluster
        .create(&Caller::admin(), Kind::ConfigMap, Some("game"), made, &options)
        .unwrap();
    harness.manifest("30-new.yaml", &map("new", "first"));
    let result = harness.deploy("crash").await;
    harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    let said = "ConfigMap game/new was not brought back: kubectl apply had not made it";
    assert!(result.reason().contains(said), "{}", result.reason());
}

#[tokio::test(start_paused = true)]
async fn an_annotation_that_holds_another_object_is_never_applied() {
    let harness = changed(settings()).await;
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "one", "namespace": "game"},
        "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}],
    });
    let key = "kubectl.kubernetes.io/last-applied-configuration";
    edit(&harness, "one", json!({"metadata": {"annotations": {key: role.to_string()}}}));
    let result = harness.deploy("crash").await;
    harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    let writes = harness.cluster.writes();
    assert!(writes.iter().all(|write| !write.contains("role")), "{writes:#?}");
    assert!(
        result.reason().contains("ConfigMap game/one was not brought back"),
        "{}",
        result.reason()
    );
    assert_eq!(mottos(&harness)[1], "first");
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_changed_is_left_and_named_and_no_value_is_recorded() {
    let harness = deployed(settings()).await;
    let secret = |word: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: key}}\nstringData: {{key: {word}}}\n"
        )
    };
    harness.manifest("30-secret.yaml", &secret("words-of-a-secret"));
    harness.deploy("1").await.assert_end(Outcome::Succeeded);
    let unchanged = harness.deploy("crash").await;
    unchanged.assert_end(Outcome::RolledBack);
    assert!(!unchanged.reason().contains("Secret"), "{}", unchanged.reason());
    harness.manifest("30-secret.yaml", &secret("others-of-a-secret"));
    let result = harness.deploy("crash").await;
    harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    let said = "Secret game/key was not brought back: it may have been changed";
    assert!(result.reason().contains(said), "{}", result.reason());
    let records = serde_json::to_string(&result.records).unwrap();
    assert!(!records.contains("of-a-secret"), "{records}");
    let again = harness.deploy("crash").await;
    harness.assert_ended(&again, Outcome::RolledBack, "v1 100");
    assert!(again.reason().contains(said), "the failure before left it: {}", again.reason());
    harness.deploy("2").await.assert_end(Outcome::Succeeded);
    let proven = harness.deploy("crash").await;
    harness.assert_ended(&proven, Outcome::RolledBack, "v2 100");
    assert!(!proven.reason().contains("Secret"), "{}", proven.reason());
}

#[tokio::test(start_paused = true)]
async fn an_abort_before_the_service_is_touched_takes_back_what_was_applied() {
    let harness = changed(settings()).await;
    harness.cluster.fail("kubectl patch", Times::UntilHealed, Fault::Unreachable);
    let deploying = harness.start(blue_green("2", "b-1")).await;
    while mottos(&harness) != ["second", "second"] {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    harness.cluster.heal("kubectl");
    let abort = DeploymentEvent::Steered { action: Action::Abort, by: Requester::operator("ada") };
    harness.journal.append(&deploying.id, abort).await.unwrap();
    let result = deploying.end().await;
    harness.assert_ended(&result, Outcome::Aborted, "v1 100");
    assert_eq!(mottos(&harness), ["first", "first"], "{}", result.timeline());
}

#[tokio::test(start_paused = true)]
async fn where_someone_else_changed_the_service_their_service_stays_and_our_objects_go_back() {
    let harness = changed(settings()).await;
    let deploying = harness.start(blue_green("2", "b-1")).await;
    harness.wait_for_traffic("game-00001 90, game-00002 10 (boathook)").await;
    let patch = boathook_sandbox::Patch::Merge(json!({
        "spec": {"template": {"metadata": {"labels": {"by": "hand"}}}},
    }));
    let options = WriteOptions::default();
    let admin = Caller::admin();
    harness.cluster.patch(&admin, Kind::Service, Some("game"), "game", &patch, &options).unwrap();
    let result = deploying.end().await;
    result.assert_end(Outcome::Aborted);
    assert!(result.reason().contains("someone else changed the service"), "{}", result.reason());
    assert_eq!(harness.service()["spec"]["template"]["metadata"]["labels"]["by"], "hand");
    assert_eq!(mottos(&harness), ["first", "first"], "{}", result.timeline());
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_fails_takes_its_objects_back_too() {
    let harness = changed(settings()).await;
    let failed = harness.deploy("crash").await;
    assert_eq!(mottos(&harness), ["first", "first"]);
    configure(&harness, "third");
    let id = &failed.records[0].deployment;
    let retried = harness.journal.retry(id, Actor::new("ada"), None, QUEUE).await.unwrap().id;
    let result = run(&harness, &retried).await;
    harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    assert_eq!(mottos(&harness), ["first", "first"], "{}", result.timeline());
}

#[tokio::test(start_paused = true)]
async fn a_redeploy_that_fails_takes_its_objects_back_too() {
    let harness = changed(settings()).await;
    let environment = Environment::STAGING;
    let key = service("game");
    let serves = harness.journal.to_redeploy(environment, &key).await.unwrap();
    let order = RedeployOrder {
        request: serves.request,
        of: serves.serves.deployment,
        by: Actor::new("ada"),
        approval: None,
        opens_at: None,
    };
    let id = harness.journal.order_redeploy(order, QUEUE).await.unwrap().id;
    harness.cluster.fail("probe", Times::UntilHealed, Fault::Unreachable);
    let result = run(&harness, &id).await;
    result.assert_end(Outcome::RolledBack);
    assert!(result.timeline().contains("apply -f manifests/staging"), "{}", result.timeline());
    assert_eq!(mottos(&harness), ["first", "first"], "{}", result.timeline());
}
