//! Builds that arrive in another order than they were made in: a newer one is not overwritten by
//! accident.

use boathook::journal::{AcceptError, Accepted, Journal};
use boathook_core::{
    deployment::{Actor, DeploymentId, Environment, ImageRef},
    record::{DeploymentEvent, Event, Outcome},
};
use boathook_testing::shipped::Shipped as _;
use boathook_testing::{
    delivery::{Answer, Delivery, body_with},
    harness::Harness,
    samples::{self, QUEUE, accepted_as_sent, append_all, image, request, success},
    state_dir::StateDir,
};
use expect_test::expect;
use futures_util::future::join_all;
use serde_json::{Value, json};

/// A request of that name, made at that time.
fn made(deployment_id: &str, at: &str) -> Value {
    body_with(json!({"deployment_id": deployment_id, "timestamp": at}))
}

/// The same, which may replace what was made later.
fn allowed(deployment_id: &str, at: &str) -> Value {
    let mut body = made(deployment_id, at);
    body["allow_older"] = json!(true);
    body
}

async fn send(harness: &Harness, body: Value) -> Answer {
    harness.send(Delivery::of(&body)).await
}

#[tokio::test(start_paused = true)]
async fn an_older_build_does_not_overwrite_a_newer_one() {
    let harness = Harness::new();
    harness.accept(Delivery::of(&made("102-1", "2026-08-01T10:00:00Z"))).await;
    let answer = send(&harness, made("101-1", "2026-08-01T09:58:30Z")).await;
    expect![
        "409 `timestamp` is earlier than 2026-08-01T10:00:00Z, that of deployment_id `102-1` for \
         game/game in development, which would be overwritten; to deploy the older build all the \
         same, send `allow_older: true` (where its config says `allow.out_of_order: true`)"
    ]
    .assert_eq(&answer.refusal());
    assert_eq!(harness.everything().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn builds_of_one_moment_other_services_and_requests_without_a_timestamp_have_no_order() {
    let harness = Harness::with(|admission| {
        admission.policies[0]
            .config
            .allow
            .services
            .push(boathook::config::Pattern::parse("other").unwrap())
    });
    harness.accept(Delivery::of(&made("102-1", "2026-08-01T10:00:00Z"))).await;
    let unordered = [
        made("101-1", "2026-08-01T10:00:00Z"),
        body_with(json!({"deployment_id": "100-1", "timestamp": null})),
        body_with(json!({
            "deployment_id": "99-1",
            "timestamp": "2026-08-01T09:59:00Z",
            "service_name": "other",
        })),
    ];
    for body in unordered {
        assert_eq!(send(&harness, body.clone()).await.status, 202, "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_older_build_is_taken_where_the_request_says_so_and_the_config_allows_it() {
    let harness = Harness::new();
    harness.accept(Delivery::of(&made("102-1", "2026-08-01T10:00:00Z"))).await;
    assert_eq!(
        send(&harness, allowed("101-1", "2026-08-01T09:58:00Z")).await.status,
        409,
        "the config does not allow it"
    );
    let harness =
        harness.changed(|admission| admission.policies[0].config.allow.out_of_order = true);
    assert_eq!(
        send(&harness, made("101-1", "2026-08-01T09:58:00Z")).await.status,
        409,
        "the request does not say so"
    );
    assert_eq!(send(&harness, allowed("101-1", "2026-08-01T09:58:00Z")).await.status, 202);
    assert_eq!(
        send(&harness, made("101-1", "2026-08-01T09:58:00Z")).await.status,
        200,
        "a repeat need not say it again"
    );
    assert_eq!(
        send(&harness, made("100-1", "2026-08-01T09:59:00Z")).await.status,
        409,
        "the newest is still the newest"
    );
}

#[tokio::test(start_paused = true)]
async fn a_repeat_of_an_older_build_is_answered_as_a_repeat() {
    let harness = Harness::new();
    harness.accept(Delivery::of(&made("101-1", "2026-08-01T09:59:00Z"))).await;
    harness.accept(Delivery::of(&made("102-1", "2026-08-01T10:00:00Z"))).await;
    assert_eq!(send(&harness, made("101-1", "2026-08-01T09:59:00Z")).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn the_newest_is_known_after_its_end_and_after_a_restart() {
    let harness = Harness::new();
    let id = harness.accept(Delivery::of(&made("102-1", "2026-08-01T10:00:00.000002Z"))).await.id;
    let harness = harness.restarted();
    assert_eq!(send(&harness, made("101-1", "2026-08-01T10:00:00.000001Z")).await.status, 409);
    let ended = Event::Deployment(DeploymentEvent::Ended { end: Outcome::Failed, reason: None });
    harness
        .play(
            &id,
            vec![
                Event::Deployment(DeploymentEvent::Started),
                samples::step_failed("no such image"),
                ended,
            ],
        )
        .await;
    assert_eq!(send(&harness, made("101-1", "2026-08-01T10:00:00.000001Z")).await.status, 409);
    let harness = harness.restarted();
    assert_eq!(send(&harness, made("101-1", "2026-08-01T10:00:00.000001Z")).await.status, 409);
    assert_eq!(send(&harness, made("103-1", "2026-08-01T10:00:00.000002Z")).await.status, 202);
}

/// Asks the journal for a deployment of `game` that was made `second` seconds after ten.
async fn accept_at(
    journal: &Journal,
    deployment_id: &str,
    second: u32,
) -> Result<Accepted, AcceptError> {
    let mut request = request("game", deployment_id);
    request.timestamp = Some(format!("2026-08-01T10:00:{second:02}Z").parse().unwrap());
    journal.accept(accepted_as_sent(request), QUEUE).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_none_is_accepted_after_a_newer_one() {
    let dir = StateDir::new();
    let journal = dir.journal();
    let seconds = (0..50_u32).map(|number| number * 7 % 50);
    let asked = join_all(seconds.map(|second| {
        let journal = journal.clone();
        tokio::spawn(
            async move { (second, accept_at(&journal, &format!("{second}-1"), second).await) },
        )
    }));
    let mut accepted = Vec::new();
    for answer in asked.await {
        match answer.unwrap() {
            (second, Ok(Accepted::New(summary))) => accepted.push((summary.accepted_seq, second)),
            (_, Err(AcceptError::Older { .. })) => {}
            (second, other) => panic!("{second}: {other:?}"),
        }
    }
    accepted.sort_unstable();
    assert!(accepted.is_sorted_by_key(|(_, second)| *second), "{accepted:?}");
    assert_eq!(accepted.last().unwrap().1, 49, "the newest is always accepted");
}

#[tokio::test]
async fn an_operators_rollback_and_retry_are_not_stopped_by_the_order_and_do_not_change_it() {
    let dir = StateDir::new();
    let journal = dir.journal();
    let digest: ImageRef = image(&format!("registry.example/game@sha256:{}", "ab".repeat(32)));
    let ok = |accepted: Result<Accepted, AcceptError>| -> DeploymentId {
        samples::new(accepted.unwrap()).id
    };
    let first = ok(accept_at(&journal, "1", 10).await);
    append_all(&journal, &first, success("game", "game-00001", &digest)).await;
    let second = ok(accept_at(&journal, "2", 20).await);
    let failed = vec![
        Event::Deployment(DeploymentEvent::Started),
        samples::step_failed("no such image"),
        samples::ended(Outcome::Failed),
    ];
    append_all(&journal, &second, failed.clone()).await;
    let third = ok(accept_at(&journal, "3", 30).await);
    append_all(&journal, &third, failed).await;

    journal.retry(&second, Actor::new("jane"), None, QUEUE).await.unwrap();
    journal
        .order_rollback(
            samples::rollback(
                Environment::STAGING,
                &samples::service("game"),
                Some(first),
                Actor::new("jane"),
            ),
            QUEUE,
        )
        .await
        .unwrap();

    let Err(AcceptError::Older { newer, .. }) = accept_at(&journal, "4", 29).await else {
        panic!("an older one was taken")
    };
    assert_eq!(newer.id, third);
    ok(accept_at(&journal, "5", 31).await);
}
