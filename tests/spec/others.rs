//! Someone else's change to a service: noticed, told, never fought over.

use boathook::{cluster::Service, journal::Outcome, plan::stable};
use expect_test::expect;
use serde_json::json;

use crate::{
    rollout_world::{World, blue_green},
    samples,
};

#[tokio::test(start_paused = true)]
async fn a_service_that_a_person_split_is_refused_with_the_command_that_settles_it() {
    let world = World::new();
    world.deploy("1").await;
    world.deploy("2").await;
    let split = json!([{"revisionName": "game-00001", "percent": 30}, {"revisionName": "game-00002", "percent": 70}]);
    world.cluster.edit_as("anna", "game", "game", json!({"spec": {"traffic": split}})).unwrap();
    world.settle().await;
    let told = world.deploy("1").await;
    assert_eq!(told.end(), Outcome::Failed, "{}", told.story());
    expect![[r#"traffic of game/game is split (game-00001 30 %, game-00002 70 %), which boathook did not do; settle it first, such as with: kubectl patch ksvc game -n game --type json -p '[{"op":"replace","path":"/spec/traffic","value":[{"revisionName":"game-00002","percent":100}]}]'; the service was not changed"#]].assert_eq(told.reason());
    assert_eq!(world.serves(), "v1 30, v2 70");
}

#[tokio::test(start_paused = true)]
async fn a_template_changed_during_a_hold_ends_it_with_traffic_on_stable_and_their_template_left_alone() {
    let world = World::new();
    world.deploy("1").await;
    let deploying = world.start(blue_green("2", "b-1")).await;
    world.wait_for_traffic("game-00001 90, game-00002 10 (boathook)").await;
    let patch = json!({"spec": {"template": {"spec": {"timeoutSeconds": 77}}}});
    world.cluster.edit_as("anna", "game", "game", patch).unwrap();
    let told = deploying.end().await;
    assert_eq!(told.end(), Outcome::Aborted, "{}", told.story());
    assert!(told.reason().contains("last modified by anna"), "{}", told.reason());
    assert_eq!(world.service()["spec"]["template"]["spec"]["timeoutSeconds"], 77);
    world.settle().await;
    assert_eq!(world.serves(), "v1 100");
}

#[tokio::test(start_paused = true)]
async fn traffic_changed_during_a_hold_is_left_as_they_want_it() {
    let world = World::new();
    world.deploy("1").await;
    world.deploy("2").await;
    let deploying = world.start(blue_green("1", "b-1")).await;
    world.wait_for_traffic("game-00002 90, game-00003 10 (boathook)").await;
    let traffic = json!({"spec": {"traffic": [{"revisionName": "game-00001", "percent": 100}]}});
    world.cluster.edit_as("anna", "game", "game", traffic).unwrap();
    let told = deploying.end().await;
    assert_eq!(told.end(), Outcome::Aborted, "{}", told.story());
    assert!(told.reason().contains("boathook left it alone"), "{}", told.reason());
    assert_eq!(world.wanted_traffic(), r#"[{"latestRevision":false,"percent":100,"revisionName":"game-00001"}]"#);
}

#[tokio::test(start_paused = true)]
async fn a_service_deleted_during_a_hold_ends_the_deployment() {
    let world = World::new();
    world.deploy("1").await;
    let deploying = world.start(blue_green("2", "b-1")).await;
    world.wait_for_traffic("game-00001 90, game-00002 10 (boathook)").await;
    world.delete_service();
    let told = deploying.end().await;
    assert_eq!(told.end(), Outcome::Aborted, "{}", told.story());
    assert!(told.reason().contains("someone deleted the service game/game"), "{}", told.reason());
}

#[test]
fn a_ready_service_that_shows_no_traffic_is_refused_unless_the_journal_knows_who_served() {
    let service = |ready: Option<&str>| -> Service {
        let status = json!({"observedGeneration": 1, "latestReadyRevisionName": ready});
        serde_json::from_value(json!({"metadata": {"uid": "u-1", "generation": 1}, "spec": {"template": {}}, "status": status})).unwrap()
    };
    let key = samples::service("game");
    let refusal = stable(&key, &service(Some("game-00002")), None).unwrap_err();
    expect![[r#"game/game shows no traffic although game-00002 is ready; settle it first, such as with: kubectl patch ksvc game -n game --type json -p '[{"op":"replace","path":"/spec/traffic","value":[{"revisionName":"game-00002","percent":100}]}]'"#]].assert_eq(&refusal.to_string());
    let known = samples::revision("game-00001");
    assert_eq!(stable(&key, &service(Some("game-00002")), Some(&known)), Ok(Some(known.clone())));
    assert_eq!(stable(&key, &service(None), Some(&known)), Ok(None));
}
