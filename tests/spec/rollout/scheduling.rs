//! Deployments are worked on one at a time per service, also after a restart and when things go
//! wrong.

use std::{
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use boathook::{
    journal::{Filter, Journal, StoreError, Summary},
    scheduler::{Limits, Scheduler},
};
use boathook_core::{
    clock::Clock,
    deployment::{DeploymentId, Requester},
    record::{DeploymentEvent, Event, Outcome, Reason, StepEvent},
    rollout::Action,
    state::{Deployment, State},
};
use boathook_testing::{
    samples::{accept, append_all, ended, limits, plan, step_ended, step_failed, step_started},
    state_dir::StateDir,
    tapped_store::TappedStore,
};
use expect_test::expect;
use futures_util::{FutureExt, future::BoxFuture};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// A minute, and a second more for each letter that the service's name is further down the
/// alphabet: no two end at once.
fn duration(deployment: &Deployment) -> Duration {
    let letter = deployment.acceptance.request.service_name.as_str().as_bytes()[0] - b'a';
    Duration::from_secs(60 + u64::from(letter))
}

/// A scheduler with workers on a paused clock; what they do is written down with the second.
struct SchedulerHarness {
    /// Gone with the harness, where it is its own.
    _own: Option<StateDir>,
    journal: Journal,
    clock: Clock,
    began: Instant,
    log: Arc<Mutex<Vec<String>>>,
    stop: CancellationToken,
}

impl SchedulerHarness {
    fn new() -> Arc<Self> {
        let dir = StateDir::new();
        let journal = dir.journal();
        Arc::new(Self { _own: Some(dir), ..Self::with(journal) })
    }

    fn with(journal: Journal) -> Self {
        Self {
            _own: None,
            journal,
            clock: Clock::system(),
            began: Instant::now(),
            log: Arc::default(),
            stop: CancellationToken::new(),
        }
    }

    fn open(self: &Arc<Self>, limit: usize) -> JoinHandle<()> {
        self.open_with(self.worker(), limit)
    }

    /// One that waits for a while and has the deployment fail.
    fn worker(self: &Arc<Self>) -> impl Fn(DeploymentId) -> BoxFuture<'static, ()> + use<> {
        let harness = Arc::clone(self);
        move |id| Arc::clone(&harness).work(id).boxed()
    }

    fn open_with(
        &self,
        worker: impl Fn(DeploymentId) -> BoxFuture<'static, ()> + Send + 'static,
        limit: usize,
    ) -> JoinHandle<()> {
        tokio::spawn(Scheduler::run(
            self.journal.clone(),
            self.clock.clone(),
            worker,
            limits(limit, false),
            self.stop.clone(),
        ))
    }

    async fn work(self: Arc<Self>, id: DeploymentId) {
        let deployment = self.journal.deployment(&id).await.unwrap().unwrap();
        let name = format!(
            "{}-{}",
            deployment.acceptance.request.service_name, deployment.acceptance.request.deployment_id
        );
        self.note(&format!("{name} begins, {}", deployment.state.name()));
        if deployment.state == State::Queued {
            self.journal.append(&id, Event::Deployment(DeploymentEvent::Started)).await.unwrap();
        }
        let end = match &deployment.state {
            State::Closing(outcome) => outcome.end,
            State::AwaitingApproval { .. }
            | State::AwaitingWindow { .. }
            | State::Queued
            | State::Planning(_)
            | State::Deploying(_)
            | State::RollingBack(..)
            | State::Ended(_) => {
                sleep(duration(&deployment)).await;
                self.journal.append(&id, step_failed("a test is no cluster")).await.unwrap();
                Outcome::Failed
            }
        };
        self.note(&format!("{name} ends"));
        self.journal.append(&id, ended(end)).await.unwrap();
    }

    fn note(&self, text: &str) {
        self.log.lock().unwrap().push(format!("{:03} s  {text}", self.began.elapsed().as_secs()));
    }

    /// What was written down until nothing was left to do.
    async fn transcript(&self) -> String {
        let empty = async {
            let mut records = self.journal.subscribe();
            while !self.journal.live().is_empty() {
                let _ = records.recv().await;
            }
        };
        if timeout(Duration::from_secs(3600), empty).await.is_err() {
            panic!("still live after an hour: {:?}", self.journal.live());
        }
        self.log.lock().unwrap().join("\n")
    }

    async fn ends(&self) -> String {
        let all = self.journal.list(&Filter::default()).await.unwrap();
        let line = |it: &Summary| format!("{}-{} {}", it.service, it.deployment_id, it.status);
        all.iter().rev().map(line).collect::<Vec<_>>().join("\n")
    }
}

#[tokio::test(start_paused = true)]
async fn one_service_is_changed_by_one_deployment_at_a_time_and_the_newest_request_wins() {
    let harness = SchedulerHarness::new();
    harness.open(8);
    accept(&harness.journal, "game", "1").await;
    sleep(Duration::from_secs(10)).await;
    for deployment_id in ["2", "3", "4"] {
        accept(&harness.journal, "game", deployment_id).await;
    }
    accept(&harness.journal, "other", "1").await;

    expect![[r#"
        000 s  game-1 begins, queued
        010 s  other-1 begins, queued
        066 s  game-1 ends
        066 s  game-4 begins, queued
        084 s  other-1 ends
        132 s  game-4 ends"#]]
    .assert_eq(&harness.transcript().await);
    expect![[r#"
        game-1 failed
        game-2 superseded
        game-3 superseded
        game-4 failed
        other-1 failed"#]]
    .assert_eq(&harness.ends().await);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_called_off_while_it_waits_is_closed_without_waiting_for_its_service() {
    let harness = SchedulerHarness::new();
    harness.open(1);
    accept(&harness.journal, "game", "1").await;
    sleep(Duration::from_secs(10)).await;
    let waiting = accept(&harness.journal, "game", "2").await;
    harness
        .journal
        .append(
            &waiting,
            Event::Deployment(DeploymentEvent::Steered {
                action: Action::Abort,
                by: Requester::operator("ada"),
            }),
        )
        .await
        .unwrap();

    expect![[r#"
        000 s  game-1 begins, queued
        010 s  game-2 begins, closing
        010 s  game-2 ends
        066 s  game-1 ends"#]]
    .assert_eq(&harness.transcript().await);
    expect![[r#"
        game-1 failed
        game-2 aborted"#]]
    .assert_eq(&harness.ends().await);
}

#[tokio::test(start_paused = true)]
async fn no_more_begin_than_the_limit_allows() {
    let harness = SchedulerHarness::new();
    for name in ["a", "b", "c", "d", "e"] {
        accept(&harness.journal, name, "1").await;
    }
    harness.open(2);
    expect![[r#"
        000 s  a-1 begins, queued
        000 s  b-1 begins, queued
        060 s  a-1 ends
        060 s  c-1 begins, queued
        061 s  b-1 ends
        061 s  d-1 begins, queued
        122 s  c-1 ends
        122 s  e-1 begins, queued
        124 s  d-1 ends
        186 s  e-1 ends"#]]
    .assert_eq(&harness.transcript().await);
}

#[tokio::test(start_paused = true)]
async fn a_failed_rollback_takes_no_others_turn() {
    let harness = SchedulerHarness::new();
    let failed_rollback = accept(&harness.journal, "a", "1").await;
    let back = vec![
        step_started(),
        step_ended(Vec::new()),
        step_started(),
        step_failed("503"),
        step_started(),
    ];
    let events = [
        vec![
            Event::Deployment(DeploymentEvent::Started),
            Event::Deployment(DeploymentEvent::Planned { plan: plan("a") }),
        ],
        back,
    ]
    .concat();
    append_all(&harness.journal, &failed_rollback, events).await;
    harness
        .journal
        .append(
            &failed_rollback,
            Event::Step(StepEvent::RollbackFailed { reason: "no answer".to_owned() }),
        )
        .await
        .unwrap();
    let waiting = accept(&harness.journal, "b", "1").await;
    let taken_up: Arc<Mutex<Vec<DeploymentId>>> = Arc::default();
    let log = Arc::clone(&taken_up);
    let worker = move |id| {
        log.lock().unwrap().push(id);
        pending().boxed()
    };
    harness.open_with(worker, 1);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(*taken_up.lock().unwrap(), [failed_rollback, waiting]);
}

#[tokio::test(start_paused = true)]
async fn a_higher_limit_holds_at_once() {
    let harness = SchedulerHarness::new();
    for name in ["a", "b"] {
        accept(&harness.journal, name, "1").await;
    }
    let of = |running| Limits { running, ..limits(1, false).borrow().clone() };
    let limits = watch::Sender::new(of(1));
    tokio::spawn(Scheduler::run(
        harness.journal.clone(),
        harness.clock.clone(),
        harness.worker(),
        limits.subscribe(),
        harness.stop.clone(),
    ));
    sleep(Duration::from_secs(30)).await;
    limits.send_replace(of(2));
    expect![[r#"
        000 s  a-1 begins, queued
        030 s  b-1 begins, queued
        060 s  a-1 ends
        091 s  b-1 ends"#]]
    .assert_eq(&harness.transcript().await);
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_what_had_begun_goes_on_first_and_holds_its_service() {
    let dir = StateDir::new();
    let before = dir.journal();
    let waiting = accept(&before, "a", "1").await;
    let deploying = accept(&before, "b", "1").await;
    append_all(
        &before,
        &deploying,
        vec![
            Event::Deployment(DeploymentEvent::Started),
            Event::Deployment(DeploymentEvent::Planned { plan: plan("b") }),
        ],
    )
    .await;
    let closing = accept(&before, "c", "1").await;
    append_all(
        &before,
        &closing,
        vec![Event::Deployment(DeploymentEvent::Started), step_failed("no")],
    )
    .await;
    accept(&before, "b", "2").await;
    let older = accept(&before, "d", "1").await;
    let newer = accept(&before, "d", "2").await;
    before
        .append(&older, Event::Deployment(DeploymentEvent::Superseded { by: newer }))
        .await
        .unwrap();
    assert_eq!(before.live()[0].0, waiting);
    drop(before);

    let harness = Arc::new(SchedulerHarness::with(dir.journal()));
    harness.open(1);
    expect![[r#"
        000 s  b-1 begins, deploying
        000 s  c-1 begins, closing
        000 s  c-1 ends
        061 s  b-1 ends
        061 s  a-1 begins, queued
        121 s  a-1 ends
        121 s  b-2 begins, queued
        182 s  b-2 ends
        182 s  d-2 begins, queued
        245 s  d-2 ends"#]]
    .assert_eq(&harness.transcript().await);
    expect![[r#"
        a-1 failed
        b-1 failed
        c-1 failed
        b-2 failed
        d-1 superseded
        d-2 failed"#]]
    .assert_eq(&harness.ends().await);
    let reason = harness
        .journal
        .list(&Filter { status: Some("superseded".parse().unwrap()), ..Filter::default() })
        .await
        .unwrap();
    assert!(matches!(reason[0].reason, Some(Reason::Superseded { .. })), "{reason:?}");
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_leaves_off_or_panics_is_followed_by_another_after_longer_and_longer_pauses()
{
    let harness = SchedulerHarness::new();
    let tries = Arc::new(AtomicUsize::new(0));
    let worker = {
        let harness = Arc::clone(&harness);
        let tries = Arc::clone(&tries);
        move |id| {
            let harness = Arc::clone(&harness);
            match tries.fetch_add(1, Ordering::SeqCst) {
                count @ 0..9 => async move {
                    harness.note("tries");
                    assert!(count != 3, "a worker may panic");
                }
                .boxed(),
                _ => harness.work(id).boxed(),
            }
        }
    };
    accept(&harness.journal, "game", "1").await;
    harness.open_with(worker, 8);
    expect![[r#"
        000 s  tries
        001 s  tries
        003 s  tries
        007 s  tries
        015 s  tries
        031 s  tries
        063 s  tries
        123 s  tries
        183 s  tries
        243 s  game-1 begins, queued
        309 s  game-1 ends"#]]
    .assert_eq(&harness.transcript().await);
}

#[tokio::test(start_paused = true)]
async fn once_stopped_nothing_begins_and_the_scheduler_waits_for_its_workers() {
    let harness = SchedulerHarness::new();
    let scheduler = harness.open(1);
    accept(&harness.journal, "a", "1").await;
    accept(&harness.journal, "b", "1").await;
    sleep(Duration::from_secs(10)).await;
    harness.stop.cancel();
    timeout(Duration::from_secs(600), scheduler).await.expect("it does not return").unwrap();

    harness.note("stopped");
    expect![[r#"
        000 s  a-1 begins, queued
        060 s  a-1 ends
        060 s  stopped"#]]
    .assert_eq(&harness.log.lock().unwrap().join("\n"));
    expect![[r#"
        a-1 failed
        b-1 queued"#]]
    .assert_eq(&harness.ends().await);
}

#[tokio::test(start_paused = true)]
async fn while_it_cannot_be_recorded_that_an_older_request_gives_way_the_newer_does_not_begin() {
    let dir = StateDir::new();
    let full = Arc::new(AtomicBool::new(false));
    let disk = Arc::clone(&full);
    let store = TappedStore::new(dir.try_store().unwrap(), move |_| {
        let full = disk.load(Ordering::SeqCst);
        if full { Err(StoreError::Stopped) } else { Ok(()) }
    });
    let journal = Journal::open(Arc::new(store), Clock::system()).unwrap();
    accept(&journal, "game", "1").await;
    accept(&journal, "game", "2").await;
    full.store(true, Ordering::SeqCst);
    let harness = Arc::new(SchedulerHarness::with(journal));
    harness.open(8);
    sleep(Duration::from_secs(100)).await;
    harness.note("the disk can be written again");
    full.store(false, Ordering::SeqCst);

    expect![[r#"
        100 s  the disk can be written again
        123 s  game-2 begins, queued
        189 s  game-2 ends"#]]
    .assert_eq(&harness.transcript().await);
    expect![[r#"
        game-1 superseded
        game-2 failed"#]]
    .assert_eq(&harness.ends().await);
}
