//! A rollout harness in which successes are watched, and accepted deployments run. Holds no test.

use std::time::Duration;

use boathook::{journal::Filter, plan::Settings, scheduler::Scheduler};
use boathook_core::{
    deployment::{DeployRequest, DeploymentId, Digest},
    record::{Event, Outcome, WatchEnd, WatchEvent},
    rollout::{OnBad, WatchRule},
    state::WatchProgress,
};
use boathook_sandbox::Behaviour;
use boathook_testing::{
    rollout_harness::{Harness, REPOSITORY, request, settings},
    samples::{image, limits},
};
use futures_util::FutureExt;
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// No watch takes so long that does not hang.
const PATIENCE: Duration = Duration::from_secs(6 * 3600);
const MINUTE: Duration = Duration::from_secs(60);

/// What boathook does beside its listeners: it deploys what was accepted, and watches.
pub struct Running {
    pub stop: CancellationToken,
    tasks: JoinSet<()>,
}

/// Everything begins.
pub fn begin(harness: &Harness) -> Running {
    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();
    tasks.spawn(harness.engine.clone().watch(stop.clone()));
    let engine = harness.engine.clone();
    let stopped = stop.clone();
    let worker = move |id: DeploymentId| {
        let engine = engine.clone();
        let stop = stopped.clone();
        async move { engine.run(&id, &stop).await }.boxed()
    };
    let clock = harness.engine.clock.clone();
    let scheduler =
        Scheduler::run(harness.journal.clone(), clock, worker, limits(9, false), stop.clone());
    tasks.spawn(scheduler);
    Running { stop, tasks }
}

impl Running {
    /// As SIGTERM does.
    pub async fn stopped(mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
    }

    /// As `kill -9` does.
    pub async fn killed(mut self) {
        self.tasks.shutdown().await;
        sleep(Duration::from_millis(5)).await;
    }
}

/// The settings with a watch of that many minutes.
pub fn watched(minutes: u32, on_bad: OnBad) -> Settings {
    Settings { watch: Some(WatchRule { duration: MINUTE * minutes, on_bad }), ..settings() }
}

/// A harness with an image, `late`, that turns bad so many minutes after it is Ready.
pub fn turning_bad_after(minutes: u32, settings: Settings) -> Harness {
    let harness = Harness::with(settings);
    let late = Behaviour::failing_after("late", MINUTE * minutes, 100);
    harness.cluster.publish(REPOSITORY, "late", late);
    harness
}

/// Deploys a tag to its success, beside what runs.
pub async fn deployed(harness: &Harness, tag: &str) -> DeploymentId {
    deployed_as(harness, request(tag, tag)).await
}

pub async fn deployed_as(harness: &Harness, request: DeployRequest) -> DeploymentId {
    let id = harness.accept(request).await;
    assert_eq!(ended(harness, &id).await, Outcome::Succeeded);
    id
}

/// The outcome of a deployment.
pub async fn ended(harness: &Harness, id: &DeploymentId) -> Outcome {
    let settled = harness.journal.settled(id).await.unwrap().unwrap();
    settled.state.status().end().unwrap()
}

/// How its watch ended, once it has.
pub async fn over(harness: &Harness, id: &DeploymentId) -> WatchEnd {
    let mut changes = harness.journal.changes();
    loop {
        let watch = harness.journal.deployment(id).await.unwrap().unwrap().watch.unwrap();
        if let WatchProgress::Over { end, .. } = watch.progress {
            return end;
        }
        let recorded = timeout(PATIENCE, changes.next()).await;
        recorded.unwrap_or_else(|_| panic!("still {}", watch.progress));
        // What follows a record by itself takes less.
        sleep(Duration::from_secs(1)).await;
    }
}

/// What its record says of its watch, in order.
pub async fn watch_events(harness: &Harness, id: &DeploymentId) -> Vec<WatchEvent> {
    let records = harness.journal.records(id, 0).await.unwrap();
    let events = records.into_iter().filter_map(|record| match record.event {
        Event::Watch(event) => Some(event),
        _ => None,
    });
    events.collect()
}

/// All deployments, the oldest first.
pub async fn all(harness: &Harness) -> Vec<DeploymentId> {
    let listed = harness.journal.list(&Filter::default()).await.unwrap();
    listed.into_iter().rev().map(|summary| summary.id).collect()
}

/// The digest that a revision runs.
pub fn digest(harness: &Harness, revision: &str) -> Digest {
    image(&harness.digest_of(revision)).digest().unwrap().clone()
}
