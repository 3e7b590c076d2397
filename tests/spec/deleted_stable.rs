//! A revision that serves is deleted by hand. The newest one is made anew by Knative; where an older one served, users get 404 for good.

use boathook::journal::{Event, Outcome};
use boathook_core::deployment::{Actor, Environment};
use boathook_sandbox::{Caller, Kind};
use expect_test::expect;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::{
    clinic::{CheckHarness, SERVICE},
    delivery::{Delivery, body_with},
    listening::{Listening, shell},
    rollout_world::{Told, World, request},
    samples::{self, QUEUE},
    world::DELETED,
};

fn delete(world: &World, revision: &str) {
    world.cluster.delete(&Caller::admin(), Kind::Revision, Some("game"), revision).unwrap();
}

/// The first revision serves, by name; someone's newer template made another one, and then the first was deleted.
async fn without_the_one_that_serves() -> World {
    let world = World::new();
    assert_eq!(world.deploy("1").await.end(), Outcome::Succeeded);
    world.cluster.edit_as("anna", "game", "game", json!({"spec": {"template": {"spec": {"timeoutSeconds": 77}}}})).unwrap();
    world.settle().await;
    delete(&world, "game-00001");
    world.settle().await;
    assert_ne!(world.serves(), "v1 100");
    world
}

fn planned(told: &Told) -> String {
    let notes = told.records.iter().find_map(|record| match &record.event {
        Event::Planned { plan } => Some(plan.notes.join("\n")),
        _ => None,
    });
    notes.unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn a_deployment_replaces_what_was_deleted_and_says_so() {
    let world = without_the_one_that_serves().await;
    let report = world.engine.dry_run(&request("2", "dry")).await;
    assert_eq!(report.problems.len(), 0, "{:#?}", report.problems);
    let told = world.deploy("2").await;
    assert_eq!((told.end(), world.serves().as_str()), (Outcome::Succeeded, "v2 100"), "{}", told.story());
    expect!["game-00001 has the traffic and was deleted, so users get 404; it is replaced as in a first deployment, and not gone back to"]
        .assert_eq(&planned(&told));
    assert_eq!(report.notes[0], planned(&told));
}

#[tokio::test(start_paused = true)]
async fn a_tag_on_what_was_deleted_goes_and_the_tags_on_others_stay() {
    let world = World::new();
    assert_eq!(world.deploy("1").await.end(), Outcome::Succeeded);
    world.cluster.edit_as("anna", "game", "game", json!({"spec": {"template": {"spec": {"timeoutSeconds": 77}}}})).unwrap();
    world.settle().await;
    let named = |revision: &str, percent: u8| json!({"revisionName": revision, "latestRevision": false, "percent": percent});
    let tagged = |revision: &str, tag: &str| json!({"revisionName": revision, "latestRevision": false, "percent": 0, "tag": tag});
    let newer = "game-00002";
    let traffic = json!([named("game-00001", 100), tagged("game-00001", "old"), tagged(newer, "next")]);
    world.cluster.edit_as("anna", "game", "game", json!({"spec": {"traffic": traffic}})).unwrap();
    world.settle().await;
    delete(&world, "game-00001");
    world.settle().await;
    for tag in ["2", "1"] {
        let told = world.deploy(tag).await;
        assert_eq!((told.end(), world.serves()), (Outcome::Succeeded, format!("v{tag} 100")), "{}", told.story());
        let traffic = world.wanted_traffic();
        assert!(traffic.contains(r#""tag":"next""#) && !traffic.contains(r#""tag":"old""#), "{traffic}");
        if tag == "2" {
            expect![[r#"
                game-00001 has the traffic and was deleted, so users get 404; it is replaced as in a first deployment, and not gone back to
                game-00001 loses its tag (old): Knative changes no traffic that names a revision which cannot serve"#]]
            .assert_eq(&planned(&told));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_rollback_deploys_anew_from_the_record_what_was_deleted() {
    let world = without_the_one_that_serves().await;
    let service = samples::service("game");
    let last = world.journal.last_success(Environment::Staging, &service).await.unwrap().unwrap();
    let ordered = world.journal.order_rollback(Environment::Staging, &service, Some(last.deployment), Actor::new("ada"), QUEUE);
    let id = ordered.await.unwrap().id;
    world.engine.run(&id, &CancellationToken::new()).await;
    let told = world.told(&id).await;
    assert_eq!((told.end(), world.serves().as_str()), (Outcome::Succeeded, "v1 100"), "{}", told.story());
    expect![[r#"
        revision game-00001 is gone or not Ready; its image and template are deployed anew from the record
        game-00001 has the traffic and was deleted, so users get 404; it is replaced as in a first deployment, and not gone back to"#]]
    .assert_eq(&planned(&told));
}

#[tokio::test(start_paused = true)]
async fn the_newest_revision_is_waited_for_because_knative_makes_it_anew() {
    let world = World::new();
    world.deploy("1").await;
    delete(&world, "game-00001");
    let told = world.deploy("2").await;
    assert_eq!((told.end(), world.serves().as_str()), (Outcome::Succeeded, "v2 100"), "{}", told.story());
    assert_eq!(planned(&told), "", "it is gone back to like any other");
    assert!(told.steps().contains(&"tag_candidate"), "{}", told.story());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nothing_served_before_a_rollback_brings_back_the_last_if_it_was_deleted_and_only_then() {
    let image = samples::image(&format!("registry.example/acme/game@sha256:{}", "a".repeat(64)));
    for (revision, code, says) in [
        ("game-00001", 2, "nothing but game-00001 is known to have served"),
        (DELETED, 0, "rolls back to registry.example/acme/game@sha256:aaa"),
    ] {
        let listening = Listening::start();
        let id = listening.world.accept(Delivery::of(&body_with(json!({"timestamp": null})))).await.id;
        listening.world.play(&id, samples::success("game", revision, &image)).await;
        let ran = shell(&format!("boathook rollback game --socket {}", listening.socket.display()), &[]).await;
        assert!(ran.code == code && ran.told().contains(says), "{}", ran.told());
        listening.stop().await;
    }
}

#[tokio::test]
async fn a_check_says_that_what_serves_was_deleted_and_what_brings_it_back() {
    let clinic = CheckHarness::open().await;
    let pinned = format!(
        r#"{{"spec":{{"traffic":[{{"revisionName":"{SERVICE}-00001","percent":100}}],"template":{{"spec":{{"timeoutSeconds":77}}}}}}}}"#
    );
    clinic.room.succeed(&["patch", "ksvc", SERVICE, "-n", SERVICE, "--type", "merge", "-p", &pinned]).await;
    let newer = |service: &serde_json::Value| service["status"]["latestReadyRevisionName"] == format!("{SERVICE}-00002");
    clinic.room.object_until(&["ksvc", SERVICE, "-n", SERVICE], newer).await;
    clinic.room.succeed(&["delete", "revision", &format!("{SERVICE}-00001"), "-n", SERVICE]).await;
    let told = clinic.check("").await.told();
    let line = told.lines().find(|line| line.contains("was deleted")).unwrap_or_else(|| panic!("{told}"));
    assert!(line.contains("game-2048-dev-00001 has the traffic of game-2048-dev/game-2048-dev and was deleted"), "{line}");
    assert!(told.contains("boathook rollback game-2048-dev --namespace game-2048-dev brings back"), "{told}");
}
