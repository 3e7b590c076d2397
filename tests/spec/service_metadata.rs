//! The service's own labels and annotations: set by the one patch, brought back by a rollback, and who can reach the service is told.

use boathook::{
    journal::{Event, Outcome},
    plan::Settings,
    steps::{ClusterLocal, Probing},
};
use boathook_core::deployment::{Actor, Environment};
use boathook_sandbox::{Fault, Times};
use expect_test::expect;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    rollout_world::{self, Told, World, blue_green, manifest, request},
    samples::{self, QUEUE},
};

const LOCAL: &str = "labels: {networking.knative.dev/visibility: cluster-local}";

/// Settings with which a service is probed that only the cluster reaches.
fn probed_inside(settings: Settings) -> Settings {
    let inside =
        |probing: Probing| Probing { cluster_local: Some(ClusterLocal { scheme: "http".to_owned(), connect_to: None }), ..probing };
    Settings { probing: inside(settings.probing.clone()), verify: inside(settings.verify.clone()), ..settings }
}

fn settings() -> Settings {
    probed_inside(rollout_world::settings())
}

fn brief() -> Settings {
    probed_inside(rollout_world::brief())
}

/// The manifest of the service with this in its metadata.
fn with(metadata: &str) -> String {
    manifest("hi").replacen("metadata:\n", &format!("metadata:\n  {metadata}\n"), 1)
}

fn planned(told: &Told) -> String {
    let notes = told.records.iter().find_map(|record| match &record.event {
        Event::Planned { plan } => Some(plan.notes.join("\n")),
        _ => None,
    });
    notes.unwrap_or_default()
}

/// The service's own labels and annotations, without those that Knative and kubectl write.
fn metadata(world: &World) -> String {
    let metadata = world.service()["metadata"].clone();
    let own = |field: &str| {
        let entries = metadata[field].as_object().into_iter().flatten();
        let own = entries.filter(|(key, _)| !key.starts_with("serving.knative.dev/") && !key.contains("last-applied"));
        own.map(|(key, value)| format!("{key}={}", value.as_str().unwrap())).collect::<Vec<_>>()
    };
    [own("labels"), own("annotations")].concat().join(" ")
}

fn patch(told: &Told, index: usize) -> Vec<Value> {
    serde_json::from_str::<Vec<Value>>(&told.patches()[index]).unwrap()
}

fn label_as(world: &World, user: &str, labels: Value) {
    world.cluster.edit_as(user, "game", "game", json!({"metadata": {"labels": labels}})).unwrap();
}

fn status_url(world: &World) -> String {
    world.service()["status"]["url"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn what_the_manifest_names_is_set_by_the_one_patch_and_what_others_wrote_stays() {
    let world = World::serving(settings()).await;
    label_as(&world, "anna", json!({"team": "blue"}));
    world.manifest("10-game.yaml", &with("labels: {owner/a~b: ada}\n  annotations: {note: 'it''s new'}"));
    let told = world.deploy("2").await;
    assert_eq!(told.end(), Outcome::Succeeded, "{}", told.story());
    let operations: Vec<String> = patch(&told, 0).iter().skip(3).map(ToString::to_string).collect();
    expect![[r#"
        {"op":"add","path":"/metadata/labels/owner~1a~0b","value":"ada"}
        {"op":"add","path":"/metadata/annotations/boathook.dev~1set-by-manifest","value":"{\"labels\":[\"owner/a~b\"],\"annotations\":[\"note\"]}"}
        {"op":"add","path":"/metadata/annotations/note","value":"it's new"}"#]]
    .assert_eq(&operations[..3].join("\n"));
    expect![[r#"owner/a~b=ada team=blue boathook.dev/set-by-manifest={"labels":["owner/a~b"],"annotations":["note"]} note=it's new"#]]
        .assert_eq(&metadata(&world));
    expect!["of the service itself: label owner/a~b: `ada` is set; annotation note: `it's new` is set"]
        .assert_eq(planned(&told).lines().find(|line| line.starts_with("of the service")).unwrap());
    assert_eq!(world.revisions(), 2, "a label of the service itself makes no revision");
}

#[tokio::test(start_paused = true)]
async fn the_first_label_of_all_is_set_too_and_the_same_again_changes_nothing() {
    let world = World::with(settings());
    world.deploy("1").await;
    assert_eq!(metadata(&world), "");
    world.manifest("10-game.yaml", &with("labels: {owner: ada}"));
    let told = world.deploy("2").await;
    assert_eq!(told.end(), Outcome::Succeeded, "{}", told.story());
    assert_eq!(patch(&told, 0)[3], json!({"op": "add", "path": "/metadata/labels", "value": {}}));
    let told = world.deploy("1").await;
    assert_eq!((told.end(), patch(&told, 0).len()), (Outcome::Succeeded, 4), "{}", told.story());
    assert!(metadata(&world).starts_with("owner=ada"), "{}", metadata(&world));
}

#[tokio::test(start_paused = true)]
async fn a_rollback_brings_back_what_was_there_and_takes_off_what_was_not() {
    let world = World::serving(settings()).await;
    label_as(&world, "anna", json!({"owner": "anna", "team": "blue"}));
    world.manifest("10-game.yaml", &with("labels: {owner: ada, tier: front}\n  annotations: {note: new}"));
    let told = world.deploy("crash").await;
    assert_eq!(told.end(), Outcome::RolledBack, "{}", told.story());
    assert_eq!(metadata(&world), "owner=anna team=blue");
    world.assert_back_on("game-00001");
}

#[tokio::test(start_paused = true)]
async fn what_the_manifest_no_longer_names_goes_and_only_that() {
    let world = World::with(settings());
    world.manifest("10-game.yaml", &with("labels: {owner: ada, tier: front}\n  annotations: {note: old}"));
    world.deploy("1").await;
    label_as(&world, "anna", json!({"team": "blue"}));
    world.manifest("10-game.yaml", &with("labels: {tier: front}"));
    let told = world.deploy("2").await;
    assert_eq!(told.end(), Outcome::Succeeded, "{}", told.story());
    expect![[r#"team=blue tier=front boathook.dev/set-by-manifest={"labels":["tier"],"annotations":[]}"#]].assert_eq(&metadata(&world));
    expect!["of the service itself: label owner goes, because the manifest no longer names it; annotation note goes, because the manifest no longer names it"]
        .assert_eq(&planned(&told));
    world.manifest("10-game.yaml", &manifest("hi"));
    let told = world.deploy("crash").await;
    assert_eq!(told.end(), Outcome::RolledBack, "{}", told.story());
    assert!(metadata(&world).starts_with("team=blue tier=front "), "{}", metadata(&world));
    world.deploy("1").await;
    assert_eq!(metadata(&world), "team=blue");
}

#[tokio::test(start_paused = true)]
async fn a_label_that_kubectl_apply_set_before_boathook_came_goes_as_with_kubectl_apply() {
    let world = World::serving(settings()).await;
    let applied = json!({"metadata": {"labels": {"tier": "front"}, "annotations": {"serving.knative.dev/creator": "anna"}}});
    let annotations = json!({"kubectl.kubernetes.io/last-applied-configuration": applied.to_string()});
    let edit = json!({"metadata": {"labels": {"tier": "front", "team": "blue"}, "annotations": annotations}});
    world.cluster.edit_as("anna", "game", "game", edit).unwrap();
    let told = world.deploy("2").await;
    assert_eq!((told.end(), metadata(&world).as_str()), (Outcome::Succeeded, "team=blue"), "{}", told.story());
}

#[tokio::test(start_paused = true)]
async fn what_knative_and_kubectl_write_is_never_written_though_an_exported_manifest_holds_it() {
    let world = World::serving(settings()).await;
    let exported = "annotations: {serving.knative.dev/creator: eve, serving.knative.dev/lastModifier: eve, \
                    kubectl.kubernetes.io/last-applied-configuration: '{}', serving.knative.dev/rollout-duration: 2m}";
    world.manifest("10-game.yaml", &with(exported));
    let told = world.deploy("2").await;
    assert_eq!(told.end(), Outcome::Succeeded, "{}", told.story());
    let annotations = &world.service()["metadata"]["annotations"];
    assert_ne!(annotations["serving.knative.dev/creator"], "eve");
    assert_eq!(annotations["serving.knative.dev/rollout-duration"], "2m");
    assert!(planned(&told).contains("serving.knative.dev/creator, serving.knative.dev/lastModifier, "), "{}", planned(&told));
}

#[tokio::test(start_paused = true)]
async fn a_label_that_is_no_text_is_refused_before_anything_is_changed() {
    let world = World::serving(settings()).await;
    let refused = async |metadata: &str| {
        world.manifest("10-game.yaml", &with(metadata));
        let told = world.deploy("2").await;
        assert_eq!(told.end(), Outcome::Failed, "{}", told.story());
        told.reason().replace(world.directory().to_str().unwrap(), "manifests/staging")
    };
    expect![[r#"
        manifests/staging/10-game.yaml does not parse: Service/game: metadata.labels.tier is a number, and kubectl takes a text only; put it in quotes; the service was not changed
        manifests/staging/10-game.yaml does not parse: Service/game: metadata.annotations is a list, and not a mapping; the service was not changed"#]]
    .assert_eq(&[refused("labels: {tier: 1}").await, refused("annotations: [a]").await].join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_closed_to_the_outside_is_so_before_its_new_revision_is_there() {
    let world = World::serving(settings()).await;
    world.manifest("10-game.yaml", &with(LOCAL));
    let deploying = world.start(blue_green("2", "b-1")).await;
    world.wait_for_traffic("game-00001 90, game-00002 10 (boathook)").await;
    assert_eq!((world.serves().as_str(), status_url(&world).as_str()), ("404 100", "http://game.game.svc.cluster.local"));
    let told = deploying.end().await;
    assert_eq!((told.end(), world.serves().as_str()), (Outcome::Succeeded, "404 100"), "{}", told.story());
    expect!["visibility changes from public to cluster-local, before the new revision is there: from then on only requests from inside the cluster are answered, those from outside get 404; a rollback makes it public again"]
        .assert_eq(planned(&told).lines().last().unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_rollback_makes_a_closed_service_public_again() {
    let world = World::serving(settings()).await;
    world.manifest("10-game.yaml", &with(LOCAL));
    let told = world.deploy("crash").await;
    assert_eq!((told.end(), world.serves().as_str()), (Outcome::RolledBack, "v1 100"), "{}", told.story());
    assert_eq!(metadata(&world), "");
}

/// A world in which the first revision answers inside the cluster only.
async fn closed(settings: Settings) -> World {
    let world = World::with(settings);
    world.manifest("10-game.yaml", &with(LOCAL));
    let told = world.deploy("1").await;
    assert_eq!((told.end(), world.serves().as_str()), (Outcome::Succeeded, "404 100"), "{}", told.story());
    world.manifest("10-game.yaml", &manifest("hi"));
    world
}

#[tokio::test(start_paused = true)]
async fn a_service_is_opened_to_the_outside_only_when_the_new_revision_has_all_traffic() {
    let world = closed(settings()).await;
    let deploying = world.start(blue_green("2", "b-1")).await;
    world.wait_for_traffic("game-00001 50, game-00002 50 (boathook)").await;
    assert_eq!((world.serves().as_str(), status_url(&world).as_str()), ("404 100", "http://game.game.svc.cluster.local"));
    let told = deploying.end().await;
    assert_eq!((told.end(), world.serves().as_str()), (Outcome::Succeeded, "v2 100"), "{}", told.story());
    assert_eq!(told.steps()[told.steps().len() - 3..], ["change_visibility", "verify", "pin_traffic"]);
    assert_eq!(metadata(&world), "");
    expect!["visibility changes from cluster-local to public, once the new revision has all traffic and before the last check: from then on requests from outside the cluster are answered; a rollback makes it cluster-local again"]
        .assert_eq(planned(&told).lines().last().unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_bad_once_it_is_public_is_closed_again() {
    let world = closed(settings()).await;
    world.cluster.fail("probe game.game.example.test", Times::UntilHealed, Fault::Exit("connection reset".to_owned()));
    let told = world.deploy("2").await;
    assert_eq!((told.end(), world.serves().as_str()), (Outcome::RolledBack, "404 100"), "{}", told.story());
    assert!(metadata(&world).starts_with("networking.knative.dev/visibility=cluster-local "), "{}", metadata(&world));
    assert_eq!(status_url(&world), "http://game.game.svc.cluster.local");
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_names_what_becomes_of_visibility_and_changes_nothing() {
    let world = World::serving(settings()).await;
    world.manifest("10-game.yaml", &with(LOCAL));
    let before = world.service();
    let report = world.engine.dry_run(&request("2", "2")).await;
    assert!(report.notes.iter().any(|note| note.starts_with("visibility changes from public to cluster-local")), "{:#?}", report.notes);
    assert_eq!((report.problems.len(), world.service()), (0, before), "{:#?}", report.problems);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_a_person_orders_brings_the_metadata_of_that_deployment_back() {
    let world = World::with(settings());
    world.manifest("10-game.yaml", &with("labels: {owner: ada, networking.knative.dev/visibility: cluster-local}"));
    let first = world.deploy("1").await.records[0].deployment.clone();
    world.manifest("10-game.yaml", &with("labels: {owner: eve, tier: front}"));
    world.deploy("2").await;
    assert_eq!(world.serves(), "v2 100");
    let service = samples::service("game");
    let ordered = world.journal.order_rollback(Environment::Staging, &service, Some(first), Actor::new("ada"), QUEUE).await;
    let id = ordered.unwrap().id;
    world.engine.run(&id, &CancellationToken::new()).await;
    let told = world.told(&id).await;
    assert_eq!((told.end(), world.serves().as_str()), (Outcome::Succeeded, "404 100"), "{}", told.story());
    assert!(metadata(&world).starts_with("networking.knative.dev/visibility=cluster-local owner=ada "), "{}", metadata(&world));
}

#[tokio::test(start_paused = true)]
async fn whichever_program_breaks_once_labels_end_where_traffic_does() {
    let prepared = async || {
        let world = World::serving(brief()).await;
        let remembered = json!({"boathook.dev/set-by-manifest": r#"{"labels":["networking.knative.dev/visibility"]}"#});
        let closed = json!({"metadata": {"labels": {"networking.knative.dev/visibility": "cluster-local"}, "annotations": remembered}});
        world.cluster.edit_as("anna", "game", "game", closed).unwrap();
        world.settle().await;
        world.manifest("10-game.yaml", &with("labels: {owner: ada}"));
        world
    };
    let programs = |world: &World| u32::try_from(world.cluster.commands().len()).unwrap();
    let world = prepared().await;
    let before = programs(&world);
    world.deploy_request(request("2", "b-1")).await;
    let count = programs(&world) - before;
    let faults = [Fault::Exit("Error from server (Forbidden): the fault of this test".to_owned()), Fault::KilledAfter, Fault::Unreachable];
    for (nth, fault) in (0..count).flat_map(|nth| faults.iter().map(move |fault| (nth, fault))) {
        let world = prepared().await;
        world.cluster.fail("", Times::After(nth), fault.clone());
        let told = world.deploy_request(request("2", "b-1")).await;
        world.settle().await;
        let expected = match told.end() {
            Outcome::Succeeded => "v2 100 owner=ada ",
            _ => "404 100 networking.knative.dev/visibility=cluster-local boathook.dev",
        };
        let ended = format!("{} {}", world.serves(), metadata(&world));
        assert!(ended.starts_with(expected), "program {nth} {fault:?}: {ended}\n{}", told.story());
        assert!(told.end() == Outcome::Succeeded || matches!(fault, Fault::Exit(_)), "program {nth} {fault:?}\n{}", told.story());
    }
}
