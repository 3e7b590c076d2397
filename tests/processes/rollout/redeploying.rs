//! `redeploy`: what an operator reads on the command line.

use boathook::config::Approve;
use boathook_testing::{
    delivery::{Delivery, body_with},
    samples,
};
use expect_test::expect;
use serde_json::json;

use crate::support::listening::{Listening, shell};

async fn run(listening: &Listening, line: &str) -> String {
    shell(&format!("boathook {line} --socket {}", listening.socket.display()), &[])
        .await
        .transcript()
}

async fn succeeded(listening: &Listening, external_id: &str) {
    let harness = &listening.harness;
    let fields = json!({"timestamp": null, "deployment_id": external_id});
    let id = harness.accept(Delivery::of(&body_with(fields))).await.id;
    let image = samples::image(&format!("registry.example/game@sha256:{}", "a".repeat(64)));
    harness.play(&id, samples::success("game", "game-00001", &image)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redeploy_says_what_it_deploys_what_is_before_it_and_how_to_follow_it() {
    let listening = Listening::start();
    let mut all = vec![run(&listening, "redeploy game").await];
    succeeded(&listening, "1").await;
    let ordered = run(&listening, "redeploy game --note 'new key'").await;
    let first = listening.harness.newest().await.id;
    all.push(ordered.replace(first.as_str(), "FIRST"));
    let build = json!({"timestamp": null, "deployment_id": "2"});
    let build = listening.harness.accept(Delivery::of(&body_with(build))).await.id;
    let ordered = run(&listening, "redeploy game --environment development").await;
    let second = listening.harness.newest().await.id;
    all.push(ordered.replace(build.as_str(), "BUILD").replace(second.as_str(), "SECOND"));
    expect![[r#"
        exit 2
        --- stdout
        --- stderr
        error: there is no record of a service game there; boathook list shows what was deployed where
        exit 0
        --- stdout
        accepted as FIRST: game/game in development deploys registry.example/game@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa again, with its manifests as they are now
        follow it: boathook show FIRST --follow
        --- stderr

        exit 0
        --- stdout
        accepted as SECOND: game/game in development deploys registry.example/game@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa again, with its manifests as they are now
        note: it waits for BUILD; if that brings another image, it ends without a change
        follow it: boathook show SECOND --follow
        --- stderr
    "#]]
    .assert_eq(&all.join("\n"));
    let shown = run(&listening, &format!("show {first}")).await;
    assert!(shown.contains("redeploy of "), "{shown}");
    assert!(shown.contains("(new key)"), "{shown}");
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redeploy_says_what_goes_on_waiting_and_for_which_opening_it_waits_itself() {
    let listening = Listening::start();
    succeeded(&listening, "1").await;
    let listening = listening
        .changed(|admission| {
            let rare = "{allow: [{cron: '0 9 29 FEB *', lasts: 8h}]}";
            admission.policies[0].config.windows = samples::windows(rare);
        })
        .await;
    let build = json!({"timestamp": null, "deployment_id": "2"});
    let build = listening.harness.accept(Delivery::of(&body_with(build))).await.id;
    let ordered = run(&listening, "redeploy game").await;
    let says = format!(
        "note: {build} goes on waiting for its approval or window; boathook show {build} says for what\n\
         awaiting the deployment window, which opens at 20"
    );
    assert!(ordered.contains(&says), "{ordered}");
    assert_eq!(listening.harness.newest().await.status.name(), "awaiting_window");
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_every_deployment_needs_an_approval_a_redeploy_waits_and_its_operator_may_not_give_it()
 {
    let listening = Listening::with(|admission| {
        admission.policies[0].config.approval.required = Approve::Always;
        admission.policies[0].config.approval.approvers.not_requester = true;
    });
    let harness = &listening.harness;
    let id = harness
        .accept(Delivery::of(&body_with(json!({"timestamp": null, "deployment_id": "1"}))))
        .await
        .id;
    let approved = boathook_core::record::DeploymentEvent::Approved {
        by: boathook_core::deployment::Actor::new("ada"),
    };
    let image = samples::image(&format!("registry.example/game@sha256:{}", "a".repeat(64)));
    let success = samples::success("game", "game-00001", &image);
    harness.play(&id, [vec![approved.into()], success].concat()).await;
    let ordered = run(&listening, "redeploy game").await;
    assert!(ordered.contains("\nawaiting approval until 2"), "{ordered}");
    let redeploy = harness.newest().await.id;
    let refused = run(&listening, &format!("approve {redeploy}")).await;
    assert!(refused.contains("asked for this deployment"), "{refused}");
    listening.stop().await;
}
