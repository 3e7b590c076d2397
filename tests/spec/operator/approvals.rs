//! Deployments that wait for an operator's yes: what they hold, who may say what, and what becomes
//! of those that nobody answers.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use boathook::{
    config::Approve,
    journal::{Accepted, Journal, RetryError, Summary},
    scheduler::Scheduler,
};
use boathook_core::{
    clock::Clock,
    deployment::{Actor, DeploymentId, Requester},
    record::{Acceptance, DeploymentEvent, Event, Outcome, Reason, Status},
    rollout::Action,
    state::State,
};
use boathook_testing::{
    delivery::{Delivery, body, body_with},
    harness::Harness,
    rollout_harness::{self, blue_green},
    samples::{self, QUEUE, accepted_as_sent, append_all, limits, new},
    state_dir::StateDir,
};
use expect_test::expect;
use futures_util::{FutureExt, future::BoxFuture};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

fn yes() -> Event {
    Event::Deployment(DeploymentEvent::Approved { by: Actor::new("ada") })
}

fn no() -> Event {
    Event::Deployment(DeploymentEvent::Rejected { by: Actor::new("ada").noting("not on a Friday") })
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A harness whose development asks for approval of these.
fn asking(required: Approve) -> Harness {
    Harness::with(|admission| admission.policies[0].config.approval.required = required)
}

async fn status_of(harness: &Harness, fields: Value) -> Status {
    harness.accept(Delivery::of(&body_with(fields))).await.status
}

#[tokio::test(start_paused = true)]
async fn config_or_the_request_says_whether_a_deployment_waits() {
    let waits = |id: &str, promotion: bool, approval: Value| {
        json!({
            "deployment_id": id,
            "auto_promotion": promotion,
            "approval": approval,
        })
    };
    for (required, by_hand, promoted) in [
        (Approve::Never, Status::Queued, Status::Queued),
        (Approve::Always, Status::AwaitingApproval, Status::AwaitingApproval),
        (Approve::Promotions, Status::Queued, Status::AwaitingApproval),
    ] {
        let harness = asking(required);
        assert_eq!(
            status_of(&harness, waits("1", false, Value::Null)).await,
            by_hand,
            "{required:?}"
        );
        assert_eq!(
            status_of(&harness, waits("2", true, Value::Null)).await,
            promoted,
            "{required:?}"
        );
        assert_eq!(
            status_of(&harness, waits("3", false, json!("true"))).await,
            Status::AwaitingApproval,
            "{required:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_sender_learns_that_it_waits_and_a_repeat_too() {
    let harness = asking(Approve::Always);
    let answer = harness.send(Delivery::of(&body())).await;
    assert_eq!((answer.status, answer.json()["status"].as_str()), (202, Some("accepted")));
    assert_eq!(answer.json()["message"], "it begins once an operator has approved it");
    let repeat = harness.send(Delivery::of(&body())).await;
    assert_eq!((repeat.status, repeat.json()["state"].as_str()), (200, Some("awaiting_approval")));
    let waited = harness.send(Delivery::of(&body()).header("Prefer", "wait=60")).await;
    assert_eq!((waited.status, waited.json()["status"].as_str()), (202, Some("awaiting_approval")));
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_waits_hears_of_the_rejection_and_the_page_of_the_wait() {
    let harness = asking(Approve::Always);
    let id = harness.accept(Delivery::of(&body())).await.id;
    let page = harness.get(&path_of(&harness.newest().await)).await;
    assert!(page.text.contains("\"approve_until\":\"2026-08-02T10:00:00Z\""), "{}", page.text);
    let html = harness
        .send(Delivery::get(&path_of(&harness.newest().await)).header("Accept", "text/html"))
        .await;
    assert!(html.text.contains("needed before 2026-08-02 10:00:00 UTC"), "{}", html.text);
    harness
        .play(
            &id,
            vec![
                no(),
                Event::Deployment(DeploymentEvent::Ended { end: Outcome::Rejected, reason: None }),
            ],
        )
        .await;
    let waited = harness.send(Delivery::of(&body()).header("Prefer", "wait=60")).await;
    expect!["500 the deployment was refused: rejected by ada: not on a Friday"]
        .assert_eq(&waited.refusal());
}

fn path_of(summary: &Summary) -> String {
    format!("/deployments/{}?token={}", summary.id, summary.token.reveal())
}

#[tokio::test(start_paused = true)]
async fn those_that_wait_for_a_yes_count_against_the_queue() {
    let harness = Harness::with(|admission| {
        admission.policies[0].config.approval.required = Approve::Always;
        admission.queue_limit = 1;
    });
    harness.accept(Delivery::of(&body())).await;
    assert_eq!(
        harness.send(Delivery::of(&body_with(json!({"deployment_id": "102-1"})))).await.status,
        429
    );
}

/// The scheduler on a paused clock, with workers that note whom they take up and never return.
struct OperatorState {
    harness: Harness,
    taken_up: Arc<Mutex<Vec<DeploymentId>>>,
}

impl OperatorState {
    fn open(harness: Harness) -> Self {
        let taken_up = Arc::<Mutex<Vec<DeploymentId>>>::default();
        let log = Arc::clone(&taken_up);
        let worker = move |id| -> BoxFuture<'static, ()> {
            log.lock().unwrap().push(id);
            std::future::pending().boxed()
        };
        let clock = harness.public.admission.clock.clone();
        tokio::spawn(Scheduler::run(
            harness.journal.clone(),
            clock,
            worker,
            limits(1, true),
            CancellationToken::new(),
        ));
        Self { harness, taken_up }
    }

    async fn accept(&self, deployment_id: &str, waits: bool) -> DeploymentId {
        let body = body_with(
            json!({"deployment_id": deployment_id, "approval": waits, "timestamp": null}),
        );
        self.harness.accept(Delivery::of(&body)).await.id
    }

    async fn result(&self, id: &DeploymentId) -> String {
        sleep(Duration::from_secs(1)).await;
        let state = self.harness.journal.deployment(id).await.unwrap().unwrap().state;
        format!("{}: {}", state.name(), state.reason().unwrap_or_else(|| Reason::stated("-")))
    }

    fn taken_up(&self) -> Vec<DeploymentId> {
        self.taken_up.lock().unwrap().clone()
    }

    async fn say(&self, id: &DeploymentId, event: Event) {
        append_all(&self.harness.journal, id, vec![event]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_waits_holds_nothing_and_begins_once_approved() {
    let operators = OperatorState::open(asking(Approve::Never));
    let waiting = operators.accept("1", true).await;
    let other = samples::accept(&operators.harness.journal, "other", "1").await;
    assert_eq!(operators.result(&waiting).await, "awaiting_approval: -");
    assert_eq!(operators.taken_up(), [other], "the only place is free for others");

    let operators = OperatorState::open(asking(Approve::Never));
    let waiting = operators.accept("1", true).await;
    operators.say(&waiting, yes()).await;
    assert_eq!(operators.result(&waiting).await, "queued: -");
    assert_eq!(operators.taken_up(), [waiting]);
}

#[tokio::test(start_paused = true)]
async fn one_that_waits_does_not_call_off_the_one_under_way() {
    let operators = OperatorState::open(asking(Approve::Never));
    let older = operators.accept("1", false).await;
    operators.result(&older).await;
    operators.say(&older, Event::Deployment(DeploymentEvent::Started)).await;
    operators.accept("2", true).await;
    operators.result(&older).await;
    let State::Planning(steering) =
        operators.harness.journal.deployment(&older).await.unwrap().unwrap().state
    else {
        panic!("not planning")
    };
    assert_eq!(steering.aborted, None);
}

#[tokio::test(start_paused = true)]
async fn a_newer_request_takes_the_place_of_one_that_waits_but_not_of_one_that_was_approved() {
    let operators = OperatorState::open(asking(Approve::Never));
    let first = operators.accept("1", true).await;
    let second = operators.accept("2", true).await;
    assert_eq!(
        operators.result(&first).await,
        format!("superseded: a newer request, {second}, took its place in the queue")
    );
    operators.say(&second, yes()).await;
    let third = operators.accept("3", true).await;
    assert_eq!(operators.result(&second).await, "queued: -", "the newer one may never be approved");
    let fourth = operators.accept("4", false).await;
    assert_eq!(
        operators.result(&third).await,
        format!("superseded: a newer request, {fourth}, took its place in the queue")
    );
}

#[tokio::test(start_paused = true)]
async fn a_rejection_and_an_abort_end_it_with_their_reason() {
    let operators = OperatorState::open(asking(Approve::Never));
    let rejected = operators.accept("1", true).await;
    operators.say(&rejected, no()).await;
    assert_eq!(operators.result(&rejected).await, "rejected: rejected by ada: not on a Friday");
    let aborted = operators.accept("2", true).await;
    operators
        .say(
            &aborted,
            Event::Deployment(DeploymentEvent::Steered {
                action: Action::Abort,
                by: Requester::operator("ada"),
            }),
        )
        .await;
    // Calling off is the engine's, which nobody plays here.
    assert_eq!(operators.result(&aborted).await, "closing: aborted by ada before it began");
}

#[tokio::test(start_paused = true)]
async fn what_nobody_answers_in_time_is_refused() {
    let operators = OperatorState::open(asking(Approve::Always));
    let waiting = operators.accept("1", false).await;
    sleep(Duration::from_secs(24 * 60 * 60 - 10)).await;
    assert_eq!(operators.result(&waiting).await, "awaiting_approval: -");
    sleep(Duration::from_secs(10)).await;
    assert_eq!(
        operators.result(&waiting).await,
        "rejected: nobody approved it before 2026-08-02T10:00:00Z"
    );
    let records = operators.harness.journal.records(&waiting, 0).await.unwrap();
    assert_eq!(
        records.iter().map(|record| record.event.name()).collect::<Vec<_>>(),
        ["accepted", "approval_expired", "ended"]
    );
}

#[tokio::test(start_paused = true)]
async fn an_approval_that_expired_while_boathook_was_down_is_not_given_any_more() {
    let dir = StateDir::new();
    let open = |now: &str| Journal::open(dir.store(), Clock::following_tokio(at(now))).unwrap();
    let journal = open("2026-08-01T10:00:00Z");
    let id = accept_until(&journal, "1", "2026-08-01T11:00:00Z").await;
    drop(journal);

    let journal = open("2026-08-01T11:00:00Z");
    let refused = journal.append(&id, yes()).await.unwrap_err();
    assert_eq!(refused.to_string(), "event `approved` cannot follow state `awaiting_approval`");
    let clock = Clock::following_tokio(at("2026-08-01T11:00:00Z"));
    let worker = |_| -> BoxFuture<'static, ()> { panic!("it was taken up") };
    tokio::spawn(Scheduler::run(
        journal.clone(),
        clock,
        worker,
        limits(1, false),
        CancellationToken::new(),
    ));
    sleep(Duration::from_secs(1)).await;
    let state = journal.deployment(&id).await.unwrap().unwrap().state;
    assert_eq!(
        (state.name(), state.reason().unwrap().to_string().as_str()),
        ("rejected", "nobody approved it before 2026-08-01T11:00:00Z")
    );
}

async fn accept_until(journal: &Journal, deployment_id: &str, until: &str) -> DeploymentId {
    let acceptance =
        Acceptance { approve_until: Some(at(until)), ..samples::acceptance("game", deployment_id) };
    new(journal.accept(acceptance, QUEUE).await.unwrap()).id
}

#[tokio::test(start_paused = true)]
async fn another_attempt_at_what_nobody_approved_waits_again_and_at_what_was_approved_does_not() {
    let dir = StateDir::new();
    let journal =
        Journal::open(dir.store(), Clock::following_tokio(at("2026-08-01T10:00:00Z"))).unwrap();
    let id = accept_until(&journal, "1", "2026-08-01T11:00:00Z").await;
    assert!(matches!(
        journal.retry(&id, Actor::new("ada"), None, QUEUE).await,
        Err(RetryError::NotEnded(Status::AwaitingApproval))
    ));
    append_all(&journal, &id, vec![no(), samples::ended(Outcome::Rejected)]).await;
    sleep(Duration::from_secs(7200)).await;

    let again = journal.retry(&id, Actor::new("ada"), None, QUEUE).await.unwrap();
    let acceptance = journal.deployment(&again.id).await.unwrap().unwrap().acceptance;
    assert_eq!(
        (again.status, acceptance.approve_until),
        (Status::AwaitingApproval, Some(at("2026-08-01T13:00:00Z")))
    );
    let failed = vec![
        yes(),
        Event::Deployment(DeploymentEvent::Started),
        samples::step_failed("no"),
        samples::ended(Outcome::Failed),
    ];
    append_all(&journal, &again.id, failed).await;
    let third = journal.retry(&again.id, Actor::new("ada"), None, QUEUE).await.unwrap();
    assert_eq!(third.status, Status::Queued);
}

#[tokio::test(start_paused = true)]
async fn an_approved_deployment_is_deployed() {
    let harness = rollout_harness::Harness::new();
    let engine = harness.engine.clone();
    let worker = move |id: DeploymentId| -> BoxFuture<'static, ()> {
        let engine = engine.clone();
        async move { engine.run(&id, &CancellationToken::new()).await }.boxed()
    };
    let clock = harness.engine.clock.clone();
    let until = clock.now() + Duration::from_secs(3600);
    tokio::spawn(Scheduler::run(
        harness.journal.clone(),
        clock,
        worker,
        limits(1, false),
        CancellationToken::new(),
    ));
    let acceptance =
        Acceptance { approve_until: Some(until), ..accepted_as_sent(blue_green("1", "1")) };
    let Accepted::New(Summary { id, .. }) =
        harness.journal.accept(acceptance, QUEUE).await.unwrap()
    else {
        panic!("a repeat")
    };
    sleep(Duration::from_secs(600)).await;
    assert_eq!(harness.serves(), "404 100");
    append_all(&harness.journal, &id, vec![yes()]).await;
    let deadline = Instant::now() + Duration::from_secs(900);
    while !harness.journal.live().is_empty() {
        assert!(Instant::now() < deadline, "still {:?}", harness.journal.live());
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(harness.serves(), "v1 100");
}

#[tokio::test(start_paused = true)]
async fn who_approves_a_deployment_may_see_what_it_would_change_while_it_waits_and_not_later() {
    let harness = asking(Approve::Always);
    let id = harness.accept(Delivery::of(&body())).await.id;
    let path = format!("/v1/deployments/{id}/preview");
    let waits = harness.post(&path, json!({})).await;
    assert_eq!(
        (waits.status, &waits.json()["changes"][0]["object"]),
        (200, &json!("Service/game"))
    );
    harness.play(&id, vec![no(), samples::ended(Outcome::Rejected)]).await;
    let ended = harness.post(&path, json!({})).await;
    expect!["409 ID is rejected and does not wait for approval or for its window; `boathook show ID` has what it changes"].assert_eq(&ended.refusal().replace(id.as_str(), "ID"));
    let unknown = harness.post("/v1/deployments/nothing/preview", json!({})).await;
    assert_eq!(unknown.status, 404);
}
