//! Objects that are as they were last applied need no apply.

use std::sync::Arc;

use boathook::cluster::Reads;
use boathook_core::{
    deployment::{Namespace, ServiceName},
    permissions::Grant,
    record::{CommandEvent, Event, Outcome},
};
use boathook_sandbox::{Caller, FakeApiServer, FakeTools, Kind, WriteOptions};
use boathook_testing::rollout_harness::{Harness, RolloutResult, request};
use expect_test::expect;
use serde_json::{Value, json};

const APPLY: &str = "kubectl apply -f manifests/staging --field-manager boathook";

fn map(name: &str, motto: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{motto: {motto}, size: 1024Mi}}\n"
    )
}

/// A harness whose folder, with two ConfigMaps, was deployed once.
async fn deployed() -> Harness {
    let harness = Harness::new();
    harness.manifest("20-one.yaml", &map("one", "first"));
    harness.manifest("21-two.yaml", &map("two", "first"));
    harness.deploy("1").await.assert_end(Outcome::Succeeded);
    harness
}

fn admin() -> Caller {
    Caller::admin()
}

fn live(harness: &Harness, name: &str) -> Value {
    harness.cluster.get(&admin(), Kind::ConfigMap, Some("game"), name).unwrap()
}

fn edit(harness: &Harness, name: &str, patch: Value) {
    let patch = boathook_sandbox::Patch::Merge(patch);
    let options = WriteOptions::default();
    harness.cluster.patch(&admin(), Kind::ConfigMap, Some("game"), name, &patch, &options).unwrap();
}

/// What `kubectl apply` said of each object, or that it was not run, and what the step noted.
fn applied(result: &RolloutResult) -> String {
    let number = result.records.iter().find_map(|record| match &record.event {
        Event::Command(CommandEvent::CommandStarted { command, argv })
            if argv.join(" ") == APPLY =>
        {
            Some(*command)
        }
        _ => None,
    });
    let said = result.records.iter().find_map(|record| match &record.event {
        Event::Command(CommandEvent::CommandEnded { command, stdout, .. })
            if Some(*command) == number =>
        {
            Some(stdout.clone())
        }
        _ => None,
    });
    let said = said.unwrap_or_else(|| "no apply\n".to_owned());
    said + &result.outcome.findings.notes.join("\n")
}

#[tokio::test(start_paused = true)]
async fn a_folder_that_is_as_it_was_last_applied_is_not_applied_again() {
    let harness = deployed().await;
    let writes = harness.cluster.writes().len();
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    expect![[r#"
        no apply
        nothing to apply: all that the manifests hold is as it was last applied"#]]
    .assert_eq(&applied(&result));
    let writes = harness.cluster.writes().split_off(writes);
    assert!(writes.iter().all(|write| !write.contains("configmap")), "{writes:#?}");
}

#[tokio::test(start_paused = true)]
async fn only_what_changed_is_applied_under_the_same_arguments() {
    let harness = deployed().await;
    harness.manifest("21-two.yaml", &map("two", "second"));
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    expect![[r#"
        configmap/two configured
        2 of 3 objects of the manifests were left out of the apply: they are as they were last applied"#]]
    .assert_eq(&applied(&result));
    assert_eq!(live(&harness, "two")["data"]["motto"], "second");
}

#[tokio::test(start_paused = true)]
async fn a_value_that_someone_changed_by_hand_is_put_back() {
    let harness = deployed().await;
    edit(&harness, "one", json!({"data": {"size": "1Gi"}}));
    let result = harness.deploy("2").await;
    expect![[r#"
        configmap/one configured
        2 of 3 objects of the manifests were left out of the apply: they are as they were last applied"#]]
    .assert_eq(&applied(&result));
    assert_eq!(live(&harness, "one")["data"]["size"], "1024Mi");
}

#[tokio::test(start_paused = true)]
async fn a_value_that_someone_removed_is_put_back_and_one_that_was_added_stays() {
    let harness = deployed().await;
    edit(&harness, "one", json!({"data": {"motto": null}}));
    edit(&harness, "two", json!({"data": {"more": "by hand"}}));
    let result = harness.deploy("2").await;
    expect![[r#"
        configmap/one configured
        2 of 3 objects of the manifests were left out of the apply: they are as they were last applied"#]]
    .assert_eq(&applied(&result));
    assert_eq!(live(&harness, "one")["data"]["motto"], "first");
    assert_eq!(live(&harness, "two")["data"]["more"], "by hand");
}

#[tokio::test(start_paused = true)]
async fn a_value_that_left_the_manifest_is_removed() {
    let harness = deployed().await;
    let map = map("one", "first").replace(", size: 1024Mi", "");
    harness.manifest("20-one.yaml", &map);
    let result = harness.deploy("2").await;
    assert!(
        applied(&result).starts_with("configmap/one configured\n2 of 3"),
        "{}",
        applied(&result)
    );
    assert_eq!(live(&harness, "one")["data"], json!({"motto": "first"}));
}

#[tokio::test(start_paused = true)]
async fn an_object_that_is_gone_or_that_apply_never_made_is_applied() {
    let harness = deployed().await;
    for name in ["one", "two"] {
        harness.cluster.delete(&admin(), Kind::ConfigMap, Some("game"), name).unwrap();
    }
    let made = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "two", "namespace": "game"},
        "data": {"motto": "first", "size": "1024Mi"},
    });
    let options = WriteOptions::default();
    harness.cluster.create(&admin(), Kind::ConfigMap, Some("game"), made, &options).unwrap();
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    let said = applied(&result);
    assert!(said.contains("configmap/one created") && said.contains("1 of 3"), "{said}");
    assert!(live(&harness, "two")["metadata"]["annotations"].is_object(), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_secret_is_applied_each_time_and_never_read() {
    let harness = deployed().await;
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: key}\nstringData: {key: words-of-a-secret}\n";
    harness.manifest("30-secret.yaml", secret);
    harness.deploy("2").await.assert_end(Outcome::Succeeded);
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Succeeded);
    expect![[r#"
        secret/key configured
        3 of 4 objects of the manifests were left out of the apply: they are as they were last applied"#]]
    .assert_eq(&applied(&result));
    let asked = harness.cluster.commands();
    assert!(asked.iter().all(|line| !line.contains("get secret")), "{asked:#?}");
    let read = harness.cluster.reads();
    assert!(read.iter().all(|path| !path.contains("/secrets")), "{read:#?}");
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_read_is_left_to_kubectl() {
    let mut harness = deployed().await;
    let namespace = Namespace::parse("game").unwrap();
    let service = ServiceName::parse("game").unwrap();
    let rules = Grant::one(namespace.clone(), service).rules();
    let limited = Caller::limited("boathook", namespace, rules);
    let api_server = FakeApiServer::new(harness.cluster.clone()).as_caller(limited.clone());
    harness.engine.reads = Reads::new(Arc::new(api_server));
    harness.engine.runner = Arc::new(FakeTools::new(harness.cluster.clone()).as_caller(limited));
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Failed);
    assert!(result.reason().contains("configmaps \"one\" is forbidden"), "{}", result.reason());
    assert!(result.reason().contains("kubectl apply"), "{}", result.reason());
}

#[tokio::test(start_paused = true)]
async fn more_than_a_hundred_objects_are_applied_unread() {
    let harness = Harness::new();
    let maps: Vec<String> = (0..105).map(|number| map(&format!("map-{number}"), "x")).collect();
    harness.manifest("20-maps.yaml", &maps.join("---\n"));
    harness.deploy("1").await.assert_end(Outcome::Succeeded);
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    assert!(result.changes().contains(&APPLY.to_owned()), "{}", result.timeline());
    let asked = [harness.cluster.commands(), harness.cluster.reads()].concat();
    assert!(asked.iter().all(|line| !line.contains("map-7")), "{asked:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_says_the_same_of_what_is_unchanged() {
    let harness = deployed().await;
    let notes = harness.engine.dry_run(&request("2", "2")).await.notes;
    let noted = |words: &str| notes.iter().any(|note| note.contains(words));
    assert!(noted("nothing to apply: all that the manifests hold is as it was"), "{notes:#?}");
    harness.manifest("21-two.yaml", &map("two", "second"));
    let notes = harness.engine.dry_run(&request("2", "2")).await.notes;
    let noted = |words: &str| notes.iter().any(|note| note.contains(words));
    assert!(noted("2 of 3 objects of the manifests were left out of the apply"), "{notes:#?}");
    assert_eq!(live(&harness, "two")["data"]["motto"], "first");
}
