//! Someone else's change to a service: noticed, told, never fought over.

use std::time::Duration;

use boathook::{cluster::Service, plan::stable};
use boathook_core::record::Outcome;
use boathook_testing::{
    rollout_harness::{Harness, blue_green},
    samples,
};
use expect_test::expect;
use serde_json::json;
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
async fn a_service_that_a_person_split_is_refused_with_the_command_that_settles_it() {
    let harness = Harness::new();
    harness.deploy("1").await;
    harness.deploy("2").await;
    let split = json!([
        {"revisionName": "game-00001", "percent": 30},
        {"revisionName": "game-00002", "percent": 70},
    ]);
    harness.cluster.edit_as("anna", "game", "game", json!({"spec": {"traffic": split}})).unwrap();
    harness.settle().await;
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Failed);
    expect![[r#"traffic of game/game is split (game-00001 30 %, game-00002 70 %), which boathook did not do; settle it first, such as with: kubectl patch ksvc game -n game --type json -p '[{"op":"replace","path":"/spec/traffic","value":[{"revisionName":"game-00002","percent":100}]}]'; the service was not changed"#]].assert_eq(result.reason());
    assert_eq!(harness.serves(), "v1 30, v2 70");
}

#[tokio::test(start_paused = true)]
async fn a_template_changed_during_a_hold_ends_it_with_traffic_on_stable_and_their_template_left_alone()
 {
    let harness = Harness::new();
    harness.deploy("1").await;
    let deploying = harness.start(blue_green("2", "b-1")).await;
    harness.wait_for_traffic("game-00001 90, game-00002 10 (boathook)").await;
    let patch = json!({"spec": {"template": {"spec": {"timeoutSeconds": 77}}}});
    harness.cluster.edit_as("anna", "game", "game", patch).unwrap();
    let changed = Instant::now();
    let result = deploying.end().await;
    result.assert_end(Outcome::Aborted);
    assert!(changed.elapsed() < Duration::from_secs(2), "{:?}", changed.elapsed());
    assert!(result.reason().contains("last modified by anna"), "{}", result.reason());
    assert_eq!(harness.service()["spec"]["template"]["spec"]["timeoutSeconds"], 77);
    harness.settle().await;
    assert_eq!(harness.serves(), "v1 100");
}

#[tokio::test(start_paused = true)]
async fn traffic_changed_during_a_hold_is_left_as_they_want_it() {
    let harness = Harness::new();
    harness.deploy("1").await;
    harness.deploy("2").await;
    let deploying = harness.start(blue_green("1", "b-1")).await;
    harness.wait_for_traffic("game-00002 90, game-00003 10 (boathook)").await;
    let traffic = json!({"spec": {"traffic": [{"revisionName": "game-00001", "percent": 100}]}});
    harness.cluster.edit_as("anna", "game", "game", traffic).unwrap();
    let result = deploying.end().await;
    result.assert_end(Outcome::Aborted);
    assert!(result.reason().contains("boathook left it alone"), "{}", result.reason());
    assert_eq!(
        harness.wanted_traffic(),
        r#"[{"latestRevision":false,"percent":100,"revisionName":"game-00001"}]"#
    );
}

#[tokio::test(start_paused = true)]
async fn a_service_deleted_during_a_hold_ends_the_deployment() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let deploying = harness.start(blue_green("2", "b-1")).await;
    harness.wait_for_traffic("game-00001 90, game-00002 10 (boathook)").await;
    harness.delete_service();
    let result = deploying.end().await;
    result.assert_end(Outcome::Aborted);
    assert!(
        result.reason().contains("someone deleted the service game/game"),
        "{}",
        result.reason()
    );
}

#[test]
fn a_ready_service_that_shows_no_traffic_is_refused_unless_the_journal_knows_who_served() {
    let service = |ready: Option<&str>| -> Service {
        let status = json!({"observedGeneration": 1, "latestReadyRevisionName": ready});
        serde_json::from_value(json!({
            "metadata": {"uid": "u-1", "generation": 1},
            "spec": {"template": {}},
            "status": status,
        }))
        .unwrap()
    };
    let key = samples::service("game");
    let refusal = stable(&key, &service(Some("game-00002")), None).unwrap_err();
    expect![[r#"game/game shows no traffic although game-00002 is ready; settle it first, such as with: kubectl patch ksvc game -n game --type json -p '[{"op":"replace","path":"/spec/traffic","value":[{"revisionName":"game-00002","percent":100}]}]'"#]].assert_eq(&refusal.to_string());
    let known = samples::revision("game-00001");
    assert_eq!(stable(&key, &service(Some("game-00002")), Some(&known)), Ok(Some(known.clone())));
    assert_eq!(stable(&key, &service(None), Some(&known)), Ok(None));
}
