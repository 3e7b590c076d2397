//! Another attempt at a deployment that has ended: a new deployment with a label of its own, which
//! answers for the request from then on.

use boathook::journal::{Accepted, Filter, Journal, RetryError};
use boathook_core::{
    deployment::Actor,
    record::{DeploymentEvent, Event, Origin, Outcome, Status},
};
use boathook_testing::{
    rollout_harness::{Harness, request},
    samples::{self, QUEUE, acceptance, append_all, step_failed, success},
    state_dir::StateDir,
};
use expect_test::expect;

fn failure() -> Vec<Event> {
    vec![
        Event::Deployment(DeploymentEvent::Started),
        step_failed("the registry is away"),
        Event::Deployment(DeploymentEvent::Ended { end: Outcome::Failed, reason: None }),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_retry_deploys_the_same_image_as_a_new_revision() {
    let harness = Harness::new();
    harness.deploy("1").await;
    harness.cluster.withdraw("registry.example/game:2");
    let failed = harness.deploy_request(request("2", "r-1")).await;
    failed.assert_end(Outcome::Failed);
    let of = harness.accept(request("2", "r-1")).await;
    harness.cluster.publish(
        boathook_testing::rollout_harness::REPOSITORY,
        "2",
        boathook_sandbox::Behaviour::good("v2"),
    );
    let attempt = harness.journal.retry(&of, Actor::new("ada"), None, QUEUE).await.unwrap();
    let result = harness.finish(request("2", "r-1")).await;
    assert_eq!((attempt.attempt, result.end()), (2, Outcome::Succeeded), "{}", result.timeline());
    assert_eq!(harness.serves(), "v2 100");
    let label =
        harness.service()["spec"]["template"]["metadata"]["labels"]["boathook.dev/deployment"]
            .clone();
    assert_eq!(label, attempt.id.as_str());
}

#[tokio::test]
async fn the_request_belongs_to_its_newest_attempt_also_after_a_restart() {
    let dir = StateDir::new();
    let journal = dir.journal();
    let first = samples::accept(&journal, "game", "1").await;
    append_all(&journal, &first, failure()).await;
    let second = journal.retry(&first, Actor::new("ada"), None, QUEUE).await.unwrap();
    assert_ne!(second.id, first);
    assert_eq!(repeat(&journal).await, second.id);
    append_all(&journal, &second.id, failure()).await;
    assert_eq!(repeat(&journal).await, second.id);
    let earlier = journal.deployment(&second.id).await.unwrap().unwrap().acceptance;
    assert_eq!(earlier.origin, Origin::Retry { of: first.clone(), by: Actor::new("ada") });
    assert_ne!(earlier.token, journal.deployment(&first).await.unwrap().unwrap().acceptance.token);
    drop(journal);
    let journal = dir.journal();
    assert_eq!(repeat(&journal).await, second.id);
    let third = journal.retry(&second.id, Actor::new("ada"), None, QUEUE).await.unwrap();
    assert_eq!((third.attempt, journal.list(&Filter::default()).await.unwrap().len()), (3, 3));
}

async fn repeat(journal: &Journal) -> boathook_core::deployment::DeploymentId {
    match journal.accept(acceptance("game", "1"), QUEUE).await.unwrap() {
        Accepted::Repeat(summary) => summary.id,
        Accepted::New(summary) => panic!("taken as new: {summary:?}"),
    }
}

#[tokio::test]
async fn only_the_newest_attempt_that_ended_without_success_can_be_tried_again() {
    let journal = StateDir::new().journal();
    let id = samples::accept(&journal, "game", "1").await;
    let mut refused = vec![journal.retry(&id, Actor::new("ada"), None, QUEUE).await.unwrap_err()];
    append_all(&journal, &id, failure()).await;
    refused.push(journal.retry(&id, Actor::new("ada"), None, 0).await.unwrap_err());
    let second = journal.retry(&id, Actor::new("ada"), None, QUEUE).await.unwrap().id;
    refused.push(journal.retry(&id, Actor::new("ada"), None, QUEUE).await.unwrap_err());
    append_all(
        &journal,
        &second,
        success("game", "game-00002", &samples::image("registry.example/game:1")),
    )
    .await;
    refused.push(journal.retry(&second, Actor::new("ada"), None, QUEUE).await.unwrap_err());
    refused.push(
        journal
            .retry(
                &boathook_core::deployment::DeploymentId::from_lookup("x"),
                Actor::new("ada"),
                None,
                QUEUE,
            )
            .await
            .unwrap_err(),
    );
    let words = refused
        .iter()
        .map(RetryError::to_string)
        .collect::<Vec<_>>()
        .join("\n")
        .replace(second.as_str(), "SECOND");
    expect![[r#"
        the deployment is queued; only one that has ended can be retried
        the queue is full
        SECOND is a later attempt at the same request; retry that one
        the deployment succeeded; send a new request to deploy the same image again
        there is no deployment x"#]]
    .assert_eq(&words);
}

#[tokio::test]
async fn a_retry_that_waits_for_a_window_needs_the_room_of_its_environment_and_none_in_the_queue() {
    let journal = StateDir::new().journal();
    let mut failed = Vec::new();
    for service in ["game", "shop"] {
        failed.push(samples::accept(&journal, service, "1").await);
        append_all(&journal, failed.last().unwrap(), failure()).await;
    }
    samples::accept(&journal, "other", "1").await;
    let opens_at = "2099-01-01T09:00:00Z".parse().ok();
    let retry = |of: usize, opens_at| journal.retry(&failed[of], Actor::new("ada"), opens_at, 1);
    assert!(matches!(retry(0, None).await, Err(RetryError::QueueFull)));
    let attempt = retry(0, opens_at).await.unwrap();
    assert_eq!(attempt.status, Status::AwaitingWindow);
    assert!(matches!(retry(1, opens_at).await, Err(RetryError::QueueFull)), "one waits there");
}

#[tokio::test]
async fn two_who_retry_at_once_make_one_attempt() {
    let journal = StateDir::new().journal();
    let id = samples::accept(&journal, "game", "1").await;
    append_all(&journal, &id, failure()).await;
    let tries = (0..20).map(|_| journal.retry(&id, Actor::new("ada"), None, QUEUE));
    let taken =
        futures_util::future::join_all(tries).await.into_iter().filter(Result::is_ok).count();
    assert_eq!((taken, journal.list(&Filter::default()).await.unwrap().len()), (1, 2));
}
