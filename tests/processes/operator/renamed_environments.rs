//! Orders to a service whose environment was renamed, by the new name and by the former one, which is
//! an alias now.

use boathook_core::deployment::Environment;
use boathook_testing::{
    delivery::{Delivery, body_with},
    harness::SHARED,
    samples::{self, image},
    shipped::{self, Shipped as _},
};
use serde_json::json;

use crate::support::listening::{Listening, shell};

async fn run(listening: &Listening, line: &str) -> String {
    shell(&format!("boathook {line} --socket {}", listening.socket.display()), &[])
        .await
        .transcript()
}

/// A success of the game in staging.
async fn succeeded(listening: &Listening, id: &str, digit: &str) {
    let fields = json!({"timestamp": null, "environment": "staging", "deployment_id": id});
    let id = listening.harness.accept(Delivery::of(&body_with(fields)).signed_by(SHARED)).await.id;
    let image = image(&format!("registry.example/acme/game@sha256:{}", digit.repeat(64)));
    let revision = format!("game-0000{digit}");
    listening.harness.play(&id, samples::success("game", &revision, &image)).await;
}

/// Staging is called qa from now on.
async fn renamed(listening: Listening) -> Listening {
    let rename = |admission: &mut boathook::intake::Admission| {
        let policies = &mut admission.policies;
        let staging = policies.iter_mut().find(|one| one.environment == Environment::STAGING);
        let staging = staging.unwrap();
        staging.environment = shipped::of("qa");
        staging.config.aliases = vec![Environment::STAGING];
    };
    listening.changed(rename).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_of_a_renamed_environment_is_found_by_the_former_name_until_it_is_deployed_anew()
{
    let listening = Listening::start();
    succeeded(&listening, "1", "1").await;
    succeeded(&listening, "2", "2").await;
    let listening = renamed(listening).await;
    let status = run(&listening, "status --environment staging").await;
    assert!(status.contains("staging") && status.contains("game-00002"), "{status}");
    let logs = run(&listening, "logs game --environment staging --tail 5").await;
    assert!(logs.contains("game-00002 of game/game in staging"), "{logs}");
    let redeploy = run(&listening, "redeploy game --environment staging").await;
    assert!(redeploy.contains("staging is not configured any more"), "{redeploy}");
    let rolled_back = run(&listening, "rollback game --environment staging").await;
    assert!(rolled_back.contains("game/game in staging rolls back"), "{rolled_back}");
    let nothing = run(&listening, "rollback game --environment qa").await;
    assert!(nothing.contains("there is no record of a service game there"), "{nothing}");
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn once_it_is_deployed_there_the_former_name_means_the_new_one_in_every_order() {
    let listening = Listening::start();
    succeeded(&listening, "1", "1").await;
    let listening = renamed(listening).await;
    let journal = &listening.harness.journal;
    for (id, digit) in [("2", "2"), ("3", "3")] {
        let mut request = samples::request("game", id);
        request.environment = shipped::of("qa");
        let accepted = journal.accept(samples::accepted_as_sent(request), samples::QUEUE).await;
        let id = samples::new(accepted.unwrap()).id;
        let image = image(&format!("registry.example/acme/game@sha256:{}", digit.repeat(64)));
        let success = samples::success("game", &format!("game-0000{digit}"), &image);
        listening.harness.play(&id, success).await;
    }
    let status = run(&listening, "status --environment staging").await;
    assert!(status.contains("game-00003") && status.contains("game-00001"), "both: {status}");
    let logs = run(&listening, "logs game --environment staging --tail 5").await;
    assert!(logs.contains("game-00003 of game/game in qa"), "{logs}");
    let redeploy = run(&listening, "redeploy game --environment staging").await;
    assert!(redeploy.contains("game/game in qa deploys"), "{redeploy}");
    let locked = run(&listening, "lock staging --reason closing").await;
    assert!(locked.contains("qa"), "{locked}");
    let rolled_back = run(&listening, "rollback game --environment staging").await;
    assert!(rolled_back.contains("game/game in qa rolls back"), "{rolled_back}");
    listening.stop().await;
}
