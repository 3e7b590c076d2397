//! What is old is removed from the record: how old, how much, and what stays whatever config says.

use std::{sync::Arc, time::Duration};

use boathook::journal::{
    AcceptError, Accepted, DeploymentView, Filter, GitHubDeployment, Journal, PackedBundle,
    Retention, StoreError, Summary,
};
use boathook_core::{
    clock::Clock,
    deployment::{
        Actor, DeployRequest, DeploymentId, Environment, ImageRef, Repository, RequestedManifests,
    },
    record::{Acceptance, DeploymentEvent, Event, Outcome, Status},
};
use boathook_testing::shipped::Shipped as _;
use boathook_testing::{
    audit_harness::AuditHarness,
    delivery::{Delivery, NOW, body},
    harness::Harness,
    samples::{self, QUEUE, acceptance, append_all, ended, image, new, step_failed, success},
    state_dir::StateDir,
    tapped_store::TappedStore,
};
use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::time::sleep;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The audit log has everything.
const ALL: u64 = u64::MAX;

fn keep(keep_days: u32, keep_count: u32) -> Retention {
    Retention { keep_days, keep_count, window: Duration::from_secs(300) }
}

fn journal(dir: &StateDir) -> Journal {
    Journal::open(dir.store(), Clock::following_tokio(NOW.parse().unwrap())).unwrap()
}

fn digest() -> ImageRef {
    image(&format!("registry.example/game@sha256:{}", "b".repeat(64)))
}

fn failure() -> Vec<Event> {
    vec![
        Event::Deployment(DeploymentEvent::Started),
        step_failed("the registry is away"),
        Event::Deployment(DeploymentEvent::Ended { end: Outcome::Failed, reason: None }),
    ]
}

/// Has a request accepted and its deployment played to its end.
async fn record(journal: &Journal, acceptance: Acceptance, events: Vec<Event>) -> DeploymentId {
    let Accepted::New(Summary { id, .. }) = journal.accept(acceptance, QUEUE).await.unwrap() else {
        panic!("a repeat")
    };
    append_all(journal, &id, events).await;
    id
}

async fn fail(journal: &Journal, deployment_id: &str) -> DeploymentId {
    record(journal, acceptance("game", deployment_id), failure()).await
}

async fn succeed(journal: &Journal, deployment_id: &str, revision: &str) -> DeploymentId {
    record(journal, acceptance("game", deployment_id), success("game", revision, &digest())).await
}

fn without_timestamp(deployment_id: &str) -> Acceptance {
    let mut acceptance = acceptance("game", deployment_id);
    acceptance.request.timestamp = None;
    acceptance
}

/// The ids that are listed, the oldest first.
async fn listed(journal: &Journal) -> Vec<String> {
    let all = journal.list(&Filter { limit: 10_000, ..Filter::default() }).await.unwrap();
    all.iter().rev().map(|summary| summary.deployment_id.to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn what_ended_longer_ago_than_keep_days_goes_with_all_its_records() {
    let dir = StateDir::new();
    let journal = journal(&dir);
    let old = fail(&journal, "1").await;
    let repository = Repository::parse("acme/game").unwrap();
    let on_github = GitHubDeployment { repository, number: 7 };
    journal.keep_github_deployment(&old, on_github.clone()).await.unwrap();
    assert_eq!(journal.github_deployments(&old).await.unwrap(), [on_github]);
    sleep(2 * DAY).await;
    fail(&journal, "2").await;
    sleep(DAY + Duration::from_secs(1)).await;
    assert_eq!(journal.prune(keep(3, 1000), ALL).await.unwrap(), 1);
    assert_eq!(listed(&journal).await, ["2"]);
    assert_eq!(journal.records(&old, 0).await.unwrap(), []);
    assert_eq!(journal.deployment(&old).await.unwrap(), None);
    assert_eq!(journal.github_deployments(&old).await.unwrap(), []);
    assert_eq!(journal.prune(keep(3, 1000), ALL).await.unwrap(), 0);
    fail(&journal, "1").await;
}

#[tokio::test(start_paused = true)]
async fn of_thousands_the_newest_are_kept_and_the_writer_is_never_held_for_long() {
    let dir = StateDir::new();
    let largest = Arc::new(std::sync::Mutex::new(0));
    let seen = Arc::clone(&largest);
    let store = TappedStore::new(dir.try_store().unwrap(), move |batch| {
        let mut largest = seen.lock().unwrap();
        *largest = batch.prune.len().max(*largest);
        Ok(())
    });
    let journal =
        Journal::open(Arc::new(store), Clock::following_tokio(NOW.parse().unwrap())).unwrap();
    for hundred in 0..30 {
        join_all((0..100).map(|number| fail_numbered(&journal, hundred * 100 + number))).await;
    }
    let live = samples::accept(&journal, "other", "live").await;
    sleep(DAY + Duration::from_secs(1)).await;

    let pruning = tokio::spawn({
        let journal = journal.clone();
        async move { journal.prune(keep(90, 500), ALL).await.unwrap() }
    });
    let deadline = tokio::time::Instant::now() + Duration::from_secs(3600);
    while !pruning.is_finished() {
        assert!(tokio::time::Instant::now() < deadline, "still pruning");
        journal.check_writable().await.unwrap();
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!((pruning.await.unwrap(), *largest.lock().unwrap()), (2500, 10));
    let left = listed(&journal).await;
    assert_eq!((left.len(), left.last().map(String::as_str)), (501, Some("live")));
    assert_eq!(journal.live().iter().map(|(id, _)| id.clone()).collect::<Vec<_>>(), [live]);
    assert_eq!(
        journal.records_of_all(0, 10_000).await.unwrap().len(),
        500 * 4 + 1,
        "records without a deployment are left"
    );
}

async fn fail_numbered(journal: &Journal, number: u32) {
    fail(journal, &number.to_string()).await;
}

#[tokio::test(start_paused = true)]
async fn nothing_younger_than_a_day_or_two_windows_goes_whatever_the_count() {
    let dir = StateDir::new();
    let journal = journal(&dir);
    fail(&journal, "1").await;
    sleep(DAY - Duration::from_secs(2)).await;
    assert_eq!(journal.prune(keep(1, 0), ALL).await.unwrap(), 0);
    sleep(Duration::from_secs(4)).await;
    let wide = Retention { window: Duration::from_secs(13 * 60 * 60), ..keep(1, 0) };
    assert_eq!(journal.prune(wide, ALL).await.unwrap(), 0);
    sleep(Duration::from_secs(2 * 60 * 60)).await;
    assert_eq!(journal.prune(wide, ALL).await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_the_audit_log_lacks_stays() {
    let harness = AuditHarness::new();
    fail(&harness.journal, "1").await;
    harness.audit().await;
    fail(&harness.journal, "2").await;
    sleep(2 * DAY).await;
    let (auditor, _refusals) = harness.auditor();
    let audited = auditor.audited();
    assert_eq!(
        harness.journal.prune(keep(1, 0), *audited.borrow()).await.unwrap(),
        0,
        "nothing is known to be on disk"
    );
    assert_eq!(harness.journal.prune(keep(1, 0), 4).await.unwrap(), 1);
    assert_eq!(listed(&harness.journal).await, ["2"]);
    let stop = tokio_util::sync::CancellationToken::new();
    stop.cancel();
    auditor.run(stop).await;
    assert_eq!(*audited.borrow(), 8);
    assert_eq!(harness.journal.prune(keep(1, 0), *audited.borrow()).await.unwrap(), 1);
    harness.assert_every_record_has_one_line();
}

#[tokio::test(start_paused = true)]
async fn what_a_rollback_would_read_stays() {
    let dir = StateDir::new();
    let journal = journal(&dir);
    for (id, revision) in [("1", "game-00001"), ("2", "game-00002"), ("3", "game-00003")] {
        succeed(&journal, id, revision).await;
    }
    let other =
        record(&journal, acceptance("other", "1"), success("other", "other-00001", &digest()))
            .await;
    fail(&journal, "4").await;
    sleep(2 * DAY).await;
    assert_eq!(journal.prune(keep(1, 0), ALL).await.unwrap(), 2);
    assert_eq!(listed(&journal).await, ["2", "3", "1"]);
    let service = samples::service("game");
    let rollback = journal
        .order_rollback(
            samples::rollback(Environment::STAGING, &service, None, Actor::new("ada")),
            QUEUE,
        )
        .await
        .unwrap()
        .deployment;
    assert_eq!(
        journal
            .last_success(Environment::STAGING, &samples::service("other"))
            .await
            .unwrap()
            .unwrap()
            .deployment,
        other
    );

    append_all(&journal, &rollback.id, success("game", "game-00002", &digest())).await;
    sleep(2 * DAY).await;
    assert_eq!(
        journal.prune(keep(1, 0), ALL).await.unwrap(),
        1,
        "the newest success is not gone back to any more"
    );
    assert_eq!(listed(&journal).await, ["2", "1", &rollback.deployment_id.to_string()]);
}

#[tokio::test(start_paused = true)]
async fn what_a_waiting_rollback_reads_stays() {
    let dir = StateDir::new();
    let journal = journal(&dir);
    let first = succeed(&journal, "1", "game-00001").await;
    for (id, revision) in [("2", "game-00002"), ("3", "game-00003")] {
        succeed(&journal, id, revision).await;
    }
    let service = samples::service("game");
    journal
        .order_rollback(
            samples::rollback(Environment::STAGING, &service, Some(first), Actor::new("ada")),
            QUEUE,
        )
        .await
        .unwrap();
    sleep(2 * DAY).await;
    assert_eq!(journal.prune(keep(1, 0), ALL).await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn of_a_request_without_a_timestamp_its_identity_and_its_end_stay() {
    let dir = StateDir::new();
    let opened = journal(&dir);
    let rejected =
        Event::Deployment(DeploymentEvent::Rejected { by: Actor::new("ada").noting("no") });
    let waiting = Acceptance {
        approve_until: Some("2026-08-01T11:00:00Z".parse::<Timestamp>().unwrap()),
        ..without_timestamp("2")
    };
    let failed = record(&opened, without_timestamp("1"), failure()).await;
    let refused = record(&opened, waiting, vec![rejected, ended(Outcome::Rejected)]).await;
    let served =
        record(&opened, without_timestamp("3"), success("game", "game-00001", &digest())).await;
    for (id, revision) in [("4", "game-00002"), ("5", "game-00003")] {
        succeed(&opened, id, revision).await;
    }
    sleep(2 * DAY).await;
    assert_eq!(opened.prune(keep(1, 0), ALL).await.unwrap(), 3);
    assert_eq!(opened.prune(keep(1, 0), ALL).await.unwrap(), 0, "they are not looked at again");
    drop(opened);

    let journal = journal(&dir);
    assert_eq!(listed(&journal).await, ["1", "2", "3", "4", "5"]);
    for (id, status, reason) in [
        (
            &failed,
            Status::Ended(Outcome::Failed),
            Some("the registry is away; the service was not changed"),
        ),
        (&refused, Status::Ended(Outcome::Rejected), Some("rejected by ada: no")),
        (&served, Status::Ended(Outcome::Succeeded), None),
    ] {
        let records = journal.records(id, 0).await.unwrap();
        assert_eq!(
            records.iter().map(|record| record.event.name()).collect::<Vec<_>>(),
            ["accepted", "pruned"]
        );
        let history = DeploymentView::of(&records).unwrap().unwrap();
        assert_eq!((history.status, history.reason.as_deref()), (status, reason));
        assert_eq!(history.notes, ["its steps were removed from the record for their age"]);
        assert!(
            history.ended_at.is_some_and(|at| at < "2026-08-01T11:00:00Z".parse().unwrap()),
            "{:?}",
            history.ended_at
        );
    }
    assert!(matches!(journal.accept(without_timestamp("1"), QUEUE).await, Ok(Accepted::Repeat(_))));
    let mut another = without_timestamp("1");
    another.request.image = image("registry.example/game:2");
    assert!(matches!(journal.accept(another, QUEUE).await, Err(AcceptError::Conflict { .. })));
    assert_eq!(journal.retry(&failed, Actor::new("ada"), None, QUEUE).await.unwrap().attempt, 2);
    let service = samples::service("game");
    let gone = journal
        .order_rollback(
            samples::rollback(Environment::STAGING, &service, Some(served), Actor::new("ada")),
            QUEUE,
        )
        .await;
    assert!(gone.is_err(), "what it left serving is not known any more");
}

#[tokio::test(start_paused = true)]
async fn a_request_sent_again_after_its_record_is_gone_is_stale() {
    let harness = Harness::new();
    let id = harness.accept(Delivery::of(&body())).await.id;
    harness.play(&id, failure()).await;
    sleep(2 * DAY).await;
    assert_eq!(harness.journal.prune(keep(1, 0), ALL).await.unwrap(), 1);
    let again = harness.send(Delivery::of(&body())).await;
    assert_eq!(again.status, 409, "{}", again.text);
    assert!(again.text.contains("this machine's clock"), "{}", again.text);
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_takes_nothing_leaves_everything_as_it_is() {
    let dir = StateDir::new();
    let store = TappedStore::new(dir.try_store().unwrap(), |batch| {
        if batch.prune.is_empty() { Ok(()) } else { Err(StoreError::Stopped) }
    });
    let journal =
        Journal::open(Arc::new(store), Clock::following_tokio(NOW.parse().unwrap())).unwrap();
    fail(&journal, "1").await;
    sleep(2 * DAY).await;
    assert!(journal.prune(keep(1, 0), ALL).await.is_err());
    assert_eq!(listed(&journal).await, ["1"]);
    new(journal.accept(acceptance("game", "2"), QUEUE).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_bundle_goes_with_the_last_deployment_that_was_made_from_it() {
    let dir = StateDir::new();
    let journal = journal(&dir);
    let digest = samples::bundle(&[("staging/game.yaml", "a: 1\n")]).digest();
    for deployment_id in ["1", "2"] {
        let manifests = Some(RequestedManifests::Bundle(digest.clone()));
        let request = DeployRequest { manifests, ..samples::request("game", deployment_id) };
        let packed = PackedBundle { digest: digest.clone(), packed: Some(b"packed".to_vec()) };
        let accepted = samples::accepted_as_sent(request);
        let accepted = journal.accept_with(accepted, Some(packed), QUEUE).await.unwrap();
        let Accepted::New(Summary { id, .. }) = accepted else { panic!("a repeat") };
        append_all(&journal, &id, failure()).await;
        sleep(DAY * 5).await;
    }
    assert_eq!(journal.prune(keep(7, 100), ALL).await.unwrap(), 1);
    assert!(journal.bundle(&digest).await.unwrap().is_some());
    sleep(DAY * 5).await;
    assert_eq!(journal.prune(keep(7, 100), ALL).await.unwrap(), 1);
    assert_eq!(journal.bundle(&digest).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn the_bundles_of_what_serves_and_of_what_a_rollback_would_go_back_to_stay() {
    let dir = StateDir::new();
    let journal = journal(&dir);
    let mut bundles = Vec::new();
    for (deployment_id, revision) in [("1", "game-00001"), ("2", "game-00002"), ("3", "game-00003")]
    {
        let bundle = samples::bundle(&[("staging/game.yaml", revision)]).digest();
        let manifests = Some(RequestedManifests::Bundle(bundle.clone()));
        let request = DeployRequest { manifests, ..samples::request("game", deployment_id) };
        let packed = PackedBundle { digest: bundle.clone(), packed: Some(b"packed".to_vec()) };
        let accepted = samples::accepted_as_sent(request);
        let accepted = journal.accept_with(accepted, Some(packed), QUEUE).await.unwrap();
        let Accepted::New(Summary { id, .. }) = accepted else { panic!("a repeat") };
        append_all(&journal, &id, success("game", revision, &digest())).await;
        bundles.push(bundle);
    }
    sleep(2 * DAY).await;
    assert_eq!(journal.prune(keep(1, 0), ALL).await.unwrap(), 1);
    let mut kept = Vec::new();
    for bundle in &bundles {
        kept.push(journal.bundle(bundle).await.unwrap().is_some());
    }
    assert_eq!(kept, [false, true, true]);
}
