//! Another attempt at a deployment that has ended: a new deployment with a label of its own, which
//! answers for the request from then on.

use boathook_core::record::{DeploymentEvent, Event, Outcome};
use boathook_testing::{
    delivery::{Delivery, body_with},
    samples::step_failed,
};
use expect_test::expect;

use crate::support::listening::{Listening, shell};

fn failure() -> Vec<Event> {
    vec![
        Event::Deployment(DeploymentEvent::Started),
        step_failed("the registry is away"),
        Event::Deployment(DeploymentEvent::Ended { end: Outcome::Failed, reason: None }),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn retry_says_what_was_accepted_and_what_is_refused() {
    let listening = Listening::start();
    let retry = format!(
        "boathook retry 101-1 --note 'registry is back' --socket {}",
        listening.socket.display()
    );
    let id = listening
        .harness
        .accept(Delivery::of(&body_with(serde_json::json!({"timestamp": null}))))
        .await
        .id;
    let early = shell(&retry, &[]).await.transcript();
    listening.harness.play(&id, failure()).await;
    let taken = shell(&retry, &[])
        .await
        .transcript()
        .replace(listening.harness.newest().await.id.as_str(), "NEW");
    let show = shell(
        &format!(
            "boathook show 101-1 --socket {} | grep -E '^(attempt|origin)'",
            listening.socket.display()
        ),
        &[],
    )
    .await;
    let user = shell("id -un", &[]).await.stdout.trim().to_owned();
    let shown = show.stdout.replace(id.as_str(), "OLD").replace(&format!("by {user}"), "by USER");
    expect![[r#"
        exit 2
        --- stdout
        --- stderr
        error: the deployment is queued; only one that has ended can be retried
        exit 0
        --- stdout
        accepted as NEW: attempt 2 at 101-1, game/game in development
        follow it: boathook show NEW --follow
        --- stderr

        attempt       2
        origin        retry of OLD, by USER (registry is back)
    "#]]
    .assert_eq(&[early, taken, shown].join("\n"));
    listening.stop().await;
}
