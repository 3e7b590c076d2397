//! The service's own labels and annotations: set by the one patch, brought back by a rollback, and
//! who can reach the service is told.

use boathook::plan::Settings;
use boathook_core::{
    deployment::{Actor, Environment},
    record::{DeploymentEvent, Event, Outcome},
    rollout::{ClusterLocal, Probing, Scheme, UrlSettings},
};
use boathook_sandbox::{Fault, Times};
use boathook_testing::shipped::Shipped as _;
use boathook_testing::{
    rollout_harness::{self, Harness, RolloutResult, blue_green, manifest, request},
    samples::{self, QUEUE},
};
use expect_test::expect;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

const LOCAL: &str = "labels: {networking.knative.dev/visibility: cluster-local}";

/// Settings with which a service is probed that only the cluster reaches.
fn probed_inside(settings: Settings) -> Settings {
    let local = ClusterLocal { scheme: Scheme::Http, ingress_address: None };
    let inside = |probing: Probing| Probing {
        url: UrlSettings { cluster_local: Some(local), ..probing.url },
        ..probing
    };
    Settings {
        probing: inside(settings.probing.clone()),
        verify: inside(settings.verify.clone()),
        ..settings
    }
}

fn settings() -> Settings {
    probed_inside(rollout_harness::settings())
}

fn brief() -> Settings {
    probed_inside(rollout_harness::brief())
}

/// The manifest of the service with this in its metadata.
fn with(metadata: &str) -> String {
    manifest("hi").replacen("metadata:\n", &format!("metadata:\n  {metadata}\n"), 1)
}

fn planned(result: &RolloutResult) -> String {
    let notes = result.records.iter().find_map(|record| match &record.event {
        Event::Deployment(DeploymentEvent::Planned { plan }) => {
            Some(plan.notes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        }
        _ => None,
    });
    notes.unwrap_or_default()
}

/// The service's own labels and annotations, without those that Knative and kubectl write.
fn metadata(harness: &Harness) -> String {
    let metadata = harness.service()["metadata"].clone();
    let own = |field: &str| {
        let entries = metadata[field].as_object().into_iter().flatten();
        let own = entries.filter(|(key, _)| {
            !key.starts_with("serving.knative.dev/") && !key.contains("last-applied")
        });
        own.map(|(key, value)| format!("{key}={}", value.as_str().unwrap())).collect::<Vec<_>>()
    };
    [own("labels"), own("annotations")].concat().join(" ")
}

fn patch(result: &RolloutResult, index: usize) -> Vec<Value> {
    serde_json::from_str::<Vec<Value>>(&result.patches()[index]).unwrap()
}

fn label_as(harness: &Harness, user: &str, labels: Value) {
    harness.cluster.edit_as(user, "game", "game", json!({"metadata": {"labels": labels}})).unwrap();
}

fn status_url(harness: &Harness) -> String {
    harness.service()["status"]["url"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn what_the_manifest_names_is_set_by_the_one_patch_and_what_others_wrote_stays() {
    let harness = Harness::serving(settings()).await;
    label_as(&harness, "anna", json!({"team": "blue"}));
    harness.manifest(
        "10-game.yaml",
        &with("labels: {owner/a~b: ada}\n  annotations: {note: 'it''s new'}"),
    );
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    let operations: Vec<String> =
        patch(&result, 0).iter().skip(3).map(ToString::to_string).collect();
    expect![[r#"
        {"op":"add","path":"/metadata/labels/owner~1a~0b","value":"ada"}
        {"op":"add","path":"/metadata/annotations/boathook.dev~1set-by-manifest","value":"{\"labels\":[\"owner/a~b\"],\"annotations\":[\"note\"]}"}
        {"op":"add","path":"/metadata/annotations/note","value":"it's new"}"#]]
    .assert_eq(&operations[..3].join("\n"));
    expect![[r#"owner/a~b=ada team=blue boathook.dev/set-by-manifest={"labels":["owner/a~b"],"annotations":["note"]} note=it's new"#]]
        .assert_eq(&metadata(&harness));
    expect![
        "of the service itself: label owner/a~b: `ada` is set; annotation note: `it's new` is set"
    ]
    .assert_eq(planned(&result).lines().find(|line| line.starts_with("of the service")).unwrap());
    assert_eq!(harness.revisions(), 2, "a label of the service itself makes no revision");
}

#[tokio::test(start_paused = true)]
async fn the_first_label_of_all_is_set_too_and_the_same_again_changes_nothing() {
    let harness = Harness::with(settings());
    harness.deploy("1").await;
    assert_eq!(metadata(&harness), "");
    harness.manifest("10-game.yaml", &with("labels: {owner: ada}"));
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    assert_eq!(patch(&result, 0)[3], json!({"op": "add", "path": "/metadata/labels", "value": {}}));
    let result = harness.deploy("1").await;
    assert_eq!(
        (result.end(), patch(&result, 0).len()),
        (Outcome::Succeeded, 4),
        "{}",
        result.timeline()
    );
    assert!(metadata(&harness).starts_with("owner=ada"), "{}", metadata(&harness));
}

#[tokio::test(start_paused = true)]
async fn a_rollback_brings_back_what_was_there_and_takes_off_what_was_not() {
    let harness = Harness::serving(settings()).await;
    label_as(&harness, "anna", json!({"owner": "anna", "team": "blue"}));
    harness.manifest(
        "10-game.yaml",
        &with("labels: {owner: ada, tier: front}\n  annotations: {note: new}"),
    );
    let result = harness.deploy("crash").await;
    result.assert_end(Outcome::RolledBack);
    assert_eq!(metadata(&harness), "owner=anna team=blue");
    harness.assert_back_on("game-00001");
}

#[tokio::test(start_paused = true)]
async fn what_the_manifest_no_longer_names_goes_and_only_that() {
    let harness = Harness::with(settings());
    harness.manifest(
        "10-game.yaml",
        &with("labels: {owner: ada, tier: front}\n  annotations: {note: old}"),
    );
    harness.deploy("1").await;
    label_as(&harness, "anna", json!({"team": "blue"}));
    harness.manifest("10-game.yaml", &with("labels: {tier: front}"));
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    expect![[
        r#"team=blue tier=front boathook.dev/set-by-manifest={"labels":["tier"],"annotations":[]}"#
    ]]
    .assert_eq(&metadata(&harness));
    expect![
        "of the service itself: label owner goes, because the manifest no longer names it; \
         annotation note goes, because the manifest no longer names it"
    ]
    .assert_eq(&planned(&result));
    harness.manifest("10-game.yaml", &manifest("hi"));
    let result = harness.deploy("crash").await;
    result.assert_end(Outcome::RolledBack);
    assert!(metadata(&harness).starts_with("team=blue tier=front "), "{}", metadata(&harness));
    harness.deploy("1").await;
    assert_eq!(metadata(&harness), "team=blue");
}

#[tokio::test(start_paused = true)]
async fn a_label_that_kubectl_apply_set_before_boathook_came_goes_as_with_kubectl_apply() {
    let harness = Harness::serving(settings()).await;
    let applied = json!({
        "metadata": {
            "labels": {"tier": "front"},
            "annotations": {"serving.knative.dev/creator": "anna"},
        },
    });
    let annotations =
        json!({"kubectl.kubernetes.io/last-applied-configuration": applied.to_string()});
    let edit = json!({
        "metadata": {"labels": {"tier": "front", "team": "blue"}, "annotations": annotations},
    });
    harness.cluster.edit_as("anna", "game", "game", edit).unwrap();
    let result = harness.deploy("2").await;
    assert_eq!(
        (result.end(), metadata(&harness).as_str()),
        (Outcome::Succeeded, "team=blue"),
        "{}",
        result.timeline()
    );
}

#[tokio::test(start_paused = true)]
async fn what_knative_and_kubectl_write_is_never_written_though_an_exported_manifest_holds_it() {
    let harness = Harness::serving(settings()).await;
    let exported = "annotations: {serving.knative.dev/creator: eve, \
                    serving.knative.dev/lastModifier: eve, \
                    kubectl.kubernetes.io/last-applied-configuration: '{}', \
                    serving.knative.dev/rollout-duration: 2m}";
    harness.manifest("10-game.yaml", &with(exported));
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    let annotations = &harness.service()["metadata"]["annotations"];
    assert_ne!(annotations["serving.knative.dev/creator"], "eve");
    assert_eq!(annotations["serving.knative.dev/rollout-duration"], "2m");
    assert!(
        planned(&result)
            .contains("serving.knative.dev/creator, serving.knative.dev/lastModifier, "),
        "{}",
        planned(&result)
    );
}

#[tokio::test(start_paused = true)]
async fn a_label_that_is_no_text_is_refused_before_anything_is_changed() {
    let harness = Harness::serving(settings()).await;
    let refused = async |metadata: &str| {
        harness.manifest("10-game.yaml", &with(metadata));
        let result = harness.deploy("2").await;
        result.assert_end(Outcome::Failed);
        result.reason().replace(harness.directory().to_str().unwrap(), "manifests/staging")
    };
    expect![[r#"
        manifests/staging/10-game.yaml does not parse: Service/game: metadata.labels.tier is a number, and kubectl takes a text only; put it in quotes; the service was not changed
        manifests/staging/10-game.yaml does not parse: Service/game: metadata.annotations is a list, and not a mapping; the service was not changed"#]]
    .assert_eq(&[refused("labels: {tier: 1}").await, refused("annotations: [a]").await].join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_closed_to_the_outside_is_so_before_its_new_revision_is_there() {
    let harness = Harness::serving(settings()).await;
    harness.manifest("10-game.yaml", &with(LOCAL));
    let deploying = harness.start(blue_green("2", "b-1")).await;
    harness.wait_for_traffic("game-00001 90, game-00002 10 (boathook)").await;
    assert_eq!(
        (harness.serves().as_str(), status_url(&harness).as_str()),
        ("404 100", "http://game.game.svc.cluster.local")
    );
    let result = deploying.end().await;
    harness.assert_ended(&result, Outcome::Succeeded, "404 100");
    expect![
        "visibility changes from public to cluster-local, before the new revision is there: from \
         then on only requests from inside the cluster are answered, those from outside get 404; a \
         rollback makes it public again"
    ]
    .assert_eq(planned(&result).lines().last().unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_rollback_makes_a_closed_service_public_again() {
    let harness = Harness::serving(settings()).await;
    harness.manifest("10-game.yaml", &with(LOCAL));
    let result = harness.deploy("crash").await;
    harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    assert_eq!(metadata(&harness), "");
}

/// A harness in which the first revision answers inside the cluster only.
async fn closed(settings: Settings) -> Harness {
    let harness = Harness::with(settings);
    harness.manifest("10-game.yaml", &with(LOCAL));
    let result = harness.deploy("1").await;
    harness.assert_ended(&result, Outcome::Succeeded, "404 100");
    harness.manifest("10-game.yaml", &manifest("hi"));
    harness
}

#[tokio::test(start_paused = true)]
async fn a_service_is_opened_to_the_outside_only_when_the_new_revision_has_all_traffic() {
    let harness = closed(settings()).await;
    let deploying = harness.start(blue_green("2", "b-1")).await;
    harness.wait_for_traffic("game-00001 50, game-00002 50 (boathook)").await;
    assert_eq!(
        (harness.serves().as_str(), status_url(&harness).as_str()),
        ("404 100", "http://game.game.svc.cluster.local")
    );
    let result = deploying.end().await;
    harness.assert_ended(&result, Outcome::Succeeded, "v2 100");
    assert_eq!(
        result.steps()[result.steps().len() - 3..],
        ["change_visibility", "verify", "pin_traffic"]
    );
    assert_eq!(metadata(&harness), "");
    expect![
        "visibility changes from cluster-local to public, once the new revision has all traffic \
         and before the last check: from then on requests from outside the cluster are answered; a \
         rollback makes it cluster-local again"
    ]
    .assert_eq(planned(&result).lines().last().unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_bad_once_it_is_public_is_closed_again() {
    let harness = closed(settings()).await;
    harness.cluster.fail(
        "probe game.game.example.test",
        Times::UntilHealed,
        Fault::Exit("connection reset".to_owned()),
    );
    let result = harness.deploy("2").await;
    harness.assert_ended(&result, Outcome::RolledBack, "404 100");
    assert!(
        metadata(&harness).starts_with("networking.knative.dev/visibility=cluster-local "),
        "{}",
        metadata(&harness)
    );
    assert_eq!(status_url(&harness), "http://game.game.svc.cluster.local");
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_names_what_becomes_of_visibility_and_changes_nothing() {
    let harness = Harness::serving(settings()).await;
    harness.manifest("10-game.yaml", &with(LOCAL));
    let before = harness.service();
    let report = harness.engine.dry_run(&request("2", "2")).await;
    assert!(
        report
            .notes
            .iter()
            .any(|note| note.starts_with("visibility changes from public to cluster-local")),
        "{:#?}",
        report.notes
    );
    assert_eq!((report.problems.len(), harness.service()), (0, before), "{:#?}", report.problems);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_an_operator_orders_brings_the_metadata_of_that_deployment_back() {
    let harness = Harness::with(settings());
    harness.manifest(
        "10-game.yaml",
        &with("labels: {owner: ada, networking.knative.dev/visibility: cluster-local}"),
    );
    let first = harness.deploy("1").await.records[0].deployment.clone();
    harness.manifest("10-game.yaml", &with("labels: {owner: eve, tier: front}"));
    harness.deploy("2").await;
    assert_eq!(harness.serves(), "v2 100");
    let service = samples::service("game");
    let ordered = harness
        .journal
        .order_rollback(
            samples::rollback(Environment::STAGING, &service, Some(first), Actor::new("ada")),
            QUEUE,
        )
        .await;
    let id = ordered.unwrap().deployment.id;
    harness.engine.run(&id, &CancellationToken::new()).await;
    let result = harness.result(&id).await;
    harness.assert_ended(&result, Outcome::Succeeded, "404 100");
    assert!(
        metadata(&harness)
            .starts_with("networking.knative.dev/visibility=cluster-local owner=ada "),
        "{}",
        metadata(&harness)
    );
}

#[tokio::test(start_paused = true)]
async fn whichever_program_breaks_once_labels_end_where_traffic_does() {
    let prepared = async || {
        let harness = Harness::serving(brief()).await;
        let remembered = json!({
            "boathook.dev/set-by-manifest": r#"{"labels":["networking.knative.dev/visibility"]}"#,
        });
        let closed = json!({
            "metadata": {
                "labels": {"networking.knative.dev/visibility": "cluster-local"},
                "annotations": remembered,
            },
        });
        harness.cluster.edit_as("anna", "game", "game", closed).unwrap();
        harness.settle().await;
        harness.manifest("10-game.yaml", &with("labels: {owner: ada}"));
        harness
    };
    let programs = |harness: &Harness| u32::try_from(harness.cluster.commands().len()).unwrap();
    let harness = prepared().await;
    let before = programs(&harness);
    harness.deploy_request(request("2", "b-1")).await;
    let count = programs(&harness) - before;
    let faults = [
        Fault::Exit("Error from server (Forbidden): the fault of this test".to_owned()),
        Fault::KilledAfter,
        Fault::Unreachable,
    ];
    for (nth, fault) in (0..count).flat_map(|nth| faults.iter().map(move |fault| (nth, fault))) {
        let harness = prepared().await;
        harness.cluster.fail("", Times::After(nth), fault.clone());
        let result = harness.deploy_request(request("2", "b-1")).await;
        harness.settle().await;
        let expected = match result.end() {
            Outcome::Succeeded => "v2 100 owner=ada ",
            _ => "404 100 networking.knative.dev/visibility=cluster-local boathook.dev",
        };
        let ended = format!("{} {}", harness.serves(), metadata(&harness));
        assert!(
            ended.starts_with(expected),
            "program {nth} {fault:?}: {ended}\n{}",
            result.timeline()
        );
        assert!(
            result.end() == Outcome::Succeeded || matches!(fault, Fault::Exit(_)),
            "program {nth} {fault:?}\n{}",
            result.timeline()
        );
    }
}
