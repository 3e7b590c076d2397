//! A revision that serves is deleted by hand. The newest one is made anew by Knative; where an
//! older one served, users get 404 for good.

use boathook_testing::{
    delivery::{Delivery, body_with},
    harness::DELETED,
    samples,
};
use serde_json::json;

use crate::support::{
    check_harness::{CheckHarness, SERVICE},
    listening::{Listening, shell},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nothing_served_before_a_rollback_brings_back_the_last_if_it_was_deleted_and_only_then()
 {
    let image = samples::image(&format!("registry.example/acme/game@sha256:{}", "a".repeat(64)));
    for (revision, code, says) in [
        ("game-00001", 2, "nothing is known from before game-00001 of game/game in development"),
        (DELETED, 0, "rolls back to game-00404, registry.example/acme/game@sha256:aaa"),
    ] {
        let listening = Listening::start();
        let id =
            listening.harness.accept(Delivery::of(&body_with(json!({"timestamp": null})))).await.id;
        listening.harness.play(&id, samples::success("game", revision, &image)).await;
        let ran =
            shell(&format!("boathook rollback game --socket {}", listening.socket.display()), &[])
                .await;
        assert!(ran.code == code && ran.transcript().contains(says), "{}", ran.transcript());
        listening.stop().await;
    }
}

#[tokio::test]
async fn a_check_says_that_what_serves_was_deleted_and_what_brings_it_back() {
    let harness = CheckHarness::open().await;
    let pinned = format!(
        r#"{{"spec":{{"traffic":[{{"revisionName":"{SERVICE}-00001","percent":100}}],"template":{{"spec":{{"timeoutSeconds":77}}}}}}}}"#
    );
    harness
        .room
        .succeed(&["patch", "ksvc", SERVICE, "-n", SERVICE, "--type", "merge", "-p", &pinned])
        .await;
    let newer = |service: &serde_json::Value| {
        service["status"]["latestReadyRevisionName"] == format!("{SERVICE}-00002")
    };
    harness.room.object_until(&["ksvc", SERVICE, "-n", SERVICE], newer).await;
    harness.room.succeed(&["delete", "revision", &format!("{SERVICE}-00001"), "-n", SERVICE]).await;
    let result = harness.check("").await.transcript();
    let line = result
        .lines()
        .find(|line| line.contains("was deleted"))
        .unwrap_or_else(|| panic!("{result}"));
    assert!(
        line.contains(
            "game-2048-dev-00001 has the traffic of game-2048-dev/game-2048-dev and was deleted"
        ),
        "{line}"
    );
    assert!(
        result.contains("boathook rollback game-2048-dev --namespace game-2048-dev brings back"),
        "{result}"
    );
}
