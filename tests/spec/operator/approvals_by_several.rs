//! Deployments that need the approvals of several: who has given theirs, and what ends the waiting.

use std::time::Duration;

use boathook::{
    config::Approve,
    journal::{AppendError, DeploymentView, Journal},
    scheduler::Scheduler,
};
use boathook_core::{
    clock::Clock,
    deployment::{Actor, DeploymentId},
    record::{Acceptance, Approvers, DeploymentEvent, Event, Outcome, Status},
    state::Deployment,
};
use boathook_testing::{
    delivery::{Delivery, body_with},
    harness::Harness,
    samples::{self, QUEUE, append_all, limits, new},
    state_dir::StateDir,
};
use futures_util::FutureExt;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

fn two() -> Approvers {
    Approvers { count: 2, ..Approvers::default() }
}

fn yes(user: &str) -> Event {
    Event::Deployment(DeploymentEvent::Approved { by: Actor::new(user) })
}

fn no(user: &str) -> Event {
    let by = Actor::new(user).noting("not on a Friday");
    Event::Deployment(DeploymentEvent::Rejected { by })
}

fn ten() -> Timestamp {
    "2026-08-01T10:00:00Z".parse().unwrap()
}

fn opened(dir: &StateDir) -> Journal {
    Journal::open(dir.store(), Clock::following_tokio(ten())).unwrap()
}

/// A deployment that needs two approvals within an hour.
async fn accept(journal: &Journal, deployment_id: &str) -> DeploymentId {
    let acceptance = Acceptance {
        approve_until: Some(ten() + Duration::from_secs(3600)),
        approvers: two(),
        ..samples::acceptance("game", deployment_id)
    };
    new(journal.accept(acceptance, QUEUE).await.unwrap()).id
}

async fn deployment(journal: &Journal, id: &DeploymentId) -> Deployment {
    Deployment::clone(&journal.deployment(id).await.unwrap().unwrap())
}

async fn standing(journal: &Journal, id: &DeploymentId) -> (Status, String) {
    let deployment = deployment(journal, id).await;
    let reason = deployment.reason().map(|reason| reason.to_string());
    (deployment.state.status(), reason.unwrap_or_default())
}

fn awaits(reason: &str) -> (Status, String) {
    (Status::AwaitingApproval, reason.to_owned())
}

#[tokio::test(start_paused = true)]
async fn it_begins_once_two_different_users_approved_it_also_after_a_restart_between_them() {
    let dir = StateDir::new();
    let journal = opened(&dir);
    let id = accept(&journal, "1").await;
    assert_eq!(standing(&journal, &id).await, awaits("0 of 2 approvals"));
    journal.append(&id, yes("ada")).await.unwrap();
    assert_eq!(standing(&journal, &id).await, awaits("1 of 2 approvals, by ada"));
    drop(journal);

    let journal = opened(&dir);
    assert_eq!(standing(&journal, &id).await, awaits("1 of 2 approvals, by ada"));
    let again = journal.append(&id, yes("ada")).await;
    assert!(matches!(again, Err(AppendError::Illegal(_))), "{again:?}");
    assert_eq!(standing(&journal, &id).await, awaits("1 of 2 approvals, by ada"));
    journal.append(&id, yes("bob")).await.unwrap();
    assert_eq!(standing(&journal, &id).await, (Status::Queued, String::new()));
    let late = journal.append(&id, yes("eve")).await;
    assert!(matches!(late, Err(AppendError::Illegal(_))), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn one_rejection_ends_it_and_another_attempt_needs_every_approval_again() {
    let dir = StateDir::new();
    let journal = opened(&dir);
    let id = accept(&journal, "1").await;
    append_all(&journal, &id, vec![yes("ada"), no("bob"), samples::ended(Outcome::Rejected)]).await;
    let rejected =
        (Status::Ended(Outcome::Rejected), "rejected by bob: not on a Friday".to_owned());
    assert_eq!(standing(&journal, &id).await, rejected);
    let again = journal.retry(&id, Actor::new("ada"), None, QUEUE).await.unwrap();
    assert_eq!(standing(&journal, &again.id).await, awaits("0 of 2 approvals"));
    let approved = vec![
        yes("bob"),
        yes("ada"),
        Event::Deployment(DeploymentEvent::Started),
        samples::step_failed("no"),
        samples::ended(Outcome::Failed),
    ];
    append_all(&journal, &again.id, approved).await;
    let third = journal.retry(&again.id, Actor::new("ada"), None, QUEUE).await.unwrap();
    assert_eq!(third.status, Status::Queued);
}

#[tokio::test(start_paused = true)]
async fn too_few_approvals_in_time_are_none() {
    let dir = StateDir::new();
    let journal = opened(&dir);
    let id = accept(&journal, "1").await;
    journal.append(&id, yes("ada")).await.unwrap();
    let clock = Clock::following_tokio(ten());
    let stop = CancellationToken::new();
    let worker = |_| async { panic!("nothing may begin") }.boxed();
    let scheduler = Scheduler::run(journal.clone(), clock, worker, limits(1, false), stop.clone());
    let scheduler = tokio::spawn(scheduler);
    sleep(Duration::from_secs(3601)).await;
    let expired = (
        Status::Ended(Outcome::Rejected),
        "nobody approved it before 2026-08-01T11:00:00Z".to_owned(),
    );
    assert_eq!(standing(&journal, &id).await, expired);
    stop.cancel();
    scheduler.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_approved_it_and_how_many_are_missing_is_shown_but_to_senders_not_who_may() {
    let harness = Harness::with(|admission| {
        let approval = &mut admission.policies[0].config.approval;
        approval.required = Approve::Always;
        approval.approvers = Approvers {
            users: vec!["ada".to_owned(), "bob".to_owned()],
            groups: vec!["release".to_owned()],
            not_requester: true,
            ..two()
        };
    });
    let answer = harness.send(Delivery::of(&body_with(json!({"deployment_id": "1"})))).await;
    assert_eq!(
        answer.json()["message"],
        "it begins once operators have approved it: 0 of 2 approvals"
    );
    let id = harness.newest().await.id;
    harness.journal.append(&id, yes("ada")).await.unwrap();

    let shown: DeploymentView =
        serde_json::from_value(harness.ask(&format!("/v1/deployments/{id}")).await.json()).unwrap();
    let fact = |name| shown.facts().into_iter().find(|fact| fact.name == name).unwrap();
    assert_eq!(
        fact("approval").value.to_string(),
        "1 of 2 by ada, 2026-08-01 10:00:00 UTC; 1 more needed before 2026-08-02 10:00:00 UTC, from \
         ada, bob or a member of release, but not who asked for it"
    );
    assert_eq!(fact("reason").value.to_string(), "1 of 2 approvals, by ada");
    let to_do = format!("one more operator approves it on the node: boathook approve {id}");
    assert_eq!(fact("to do").value.to_string(), to_do);
    let list: Value = harness.ask("/v1/deployments").await.json();
    assert_eq!(list[0]["reason"], "1 of 2 approvals, by ada");

    let url = answer.json()["status_url"].as_str().unwrap().to_owned();
    let public = harness.send(Delivery::get(&url)).await;
    assert_eq!(
        (&public.json()["reason"], &public.json()["approvals_needed"]),
        (&json!("1 of 2 approvals, by ada"), &json!(2))
    );
    let page = harness.send(Delivery::get(&url).header("Accept", "text/html")).await;
    assert!(page.text.contains("1 of 2 by ada, 2026-08-01"), "{}", page.text);
    assert!(!public.text.contains("bob") && !page.text.contains("bob"), "{}", public.text);
    let dashboard = harness.ask(&format!("/dashboard/deployments/{id}")).await;
    assert!(dashboard.text.contains("a member of release"), "{}", dashboard.text);
}

#[tokio::test(start_paused = true)]
async fn a_reload_does_not_change_what_a_waiting_deployment_needs() {
    let harness = Harness::with(|admission| {
        admission.policies[0].config.approval.required = Approve::Always;
        admission.policies[0].config.approval.approvers.count = 2;
    });
    let id = harness.accept(Delivery::of(&body_with(json!({"deployment_id": "1"})))).await.id;
    let harness =
        harness.changed(|admission| admission.policies[0].config.approval.approvers.count = 1);
    harness.journal.append(&id, yes("ada")).await.unwrap();
    assert_eq!(standing(&harness.journal, &id).await, awaits("1 of 2 approvals, by ada"));
    harness.journal.append(&id, yes("bob")).await.unwrap();
    assert_eq!(standing(&harness.journal, &id).await.0, Status::Queued);
}
