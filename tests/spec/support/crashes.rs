//! Rollouts in which boathook dies again and again, and is started anew each time.

use std::{
    future::{Future, pending},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use boathook::{
    bundles::{self, AcceptedManifests, BundlePolicy, KindName},
    journal::{Batch, Filter, PackedBundle, StoreError},
    plan::Settings,
};
use boathook_core::{
    deployment::{DeployRequest, DeploymentId, Requester},
    health::{Finite, MetricRule},
    record::{DeploymentEvent, Event, Record, StepEvent},
    rollout::{Action, JobState, Observation},
};
use boathook_sandbox::{Cluster, FakeProber};
use boathook_testing::{
    fake_prometheus::{FakePrometheus, QueryAnswer, metric},
    postgres_server,
    rollout_harness::{Harness, RolloutResult, blue_green, brief, manifest},
    samples::bundle,
};
use tokio::{sync::Notify, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::support::{
    job_harness::serving_with_jobs,
    restoring_harness::{UNKNOWN, changed, order, replaced},
};

/// How long the images are gone in [`Rollout::RollbackFailed`]: longer than the first way back
/// takes.
const GONE: Duration = Duration::from_secs(240);

/// What becomes of a rollout in which nobody dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rollout {
    /// It succeeds.
    Good,
    /// The candidate crashes, and stable serves again.
    Bad,
    /// The candidate answers every probe, and a metric is beyond its limit.
    BadByMetric,
    /// At 100 % both revisions lose their pods and images; stable's image comes back later.
    RollbackFailed,
    /// The same, but an operator takes over first.
    Abandoned,
    /// The candidate crashes, and what was applied beside it was changed too.
    Restoring,
    /// The apply takes some objects and refuses another.
    HalfApplied,
    /// An operator goes back to the first revision, and the objects of that time come back.
    Ordered,
    /// Jobs must succeed, and do.
    Gated,
    /// The Job fails that must succeed before the service is changed.
    BadByJob,
    /// The Job never ends that must succeed before the candidate gets traffic.
    BadByJobThatHangs,
}

impl Rollout {
    pub fn request(self) -> DeployRequest {
        blue_green(if matches!(self, Self::Bad | Self::Restoring) { "crash" } else { "2" }, "b-1")
    }

    /// A good one brings its manifests: the same as those of the node, and a ConfigMap.
    async fn accept(self, harness: &Harness) -> Option<DeploymentId> {
        if self == Self::Ordered {
            return Some(ordered(harness).await);
        }
        if self != Self::Good {
            return harness.accept_quietly(self.request()).await;
        }
        let settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n";
        let files =
            [("staging/game.yaml", manifest("hi")), ("staging/settings.yaml", settings.to_owned())];
        let brought = bundle(&files.each_ref().map(|(path, text)| (*path, text.as_str())));
        let packed = Some(bundles::pack(&brought).unwrap());
        let packed = PackedBundle { digest: brought.digest(), packed };
        harness.accept_packed(self.request(), packed).await
    }

    /// What the Jobs do that must succeed before the service is changed, and before users come.
    const fn jobs(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Gated => Some(("ends-after:1s:0", "ends-after:1s:0")),
            Self::BadByJob => Some(("crash:3", "good")),
            Self::BadByJobThatHangs => Some(("ends-after:1s:0", "good")),
            _ => None,
        }
    }

    async fn harness(self) -> Harness {
        if self == Self::BadByMetric {
            return beyond_its_limit().await;
        }
        if self == Self::Ordered {
            return replaced(brief()).await;
        }
        if let Some((migrate, smoke)) = self.jobs() {
            return serving_with_jobs(brief(), migrate, smoke).await;
        }
        if matches!(self, Self::Restoring | Self::HalfApplied) {
            let harness = changed(brief()).await;
            if self == Self::HalfApplied {
                harness.manifest("22-bad.yaml", UNKNOWN);
            }
            return harness;
        }
        let bundles = BundlePolicy {
            manifests: AcceptedManifests::Both,
            kinds: vec![
                KindName::parse("Service.serving.knative.dev").unwrap(),
                KindName::parse("ConfigMap").unwrap(),
            ],
            ..BundlePolicy::default()
        };
        let harness = Harness::serving(Settings { bundles, ..brief() }).await;
        if matches!(self, Self::RollbackFailed | Self::Abandoned) {
            tokio::spawn(lose_both(
                harness.cluster.clone(),
                harness.digest_of("game-00001"),
                self == Self::RollbackFailed,
            ));
        }
        harness
    }

    /// From which record on it is worth dying: what leads there is that of a good rollout.
    fn begins_with(self, event: &Event) -> bool {
        match self {
            Self::Good | Self::Bad | Self::BadByMetric => true,
            Self::Gated | Self::BadByJob => begins_job(event, "job/migrate"),
            Self::BadByJobThatHangs => begins_job(event, "job/smoke"),
            Self::Restoring | Self::HalfApplied | Self::Ordered => matches!(
                event,
                Event::Step(StepEvent::StepLearned { finding: Observation::ObjectsBefore(_) })
            ),
            Self::RollbackFailed => matches!(event, Event::Step(StepEvent::StepFailed { .. })),
            Self::Abandoned => matches!(event, Event::Step(StepEvent::RollbackFailed { .. })),
        }
    }

    /// One life of boathook, to the end of the deployment.
    fn life(self, harness: &Harness, id: &DeploymentId) -> impl Future<Output = ()> + use<> {
        let engine = harness.engine.clone();
        let journal = harness.journal.clone();
        let id = id.clone();
        async move {
            let taking_over = async {
                if self == Self::Abandoned {
                    let _ = journal.settled(&id).await;
                    // In a later life it may have been said already.
                    let _ = journal
                        .append(
                            &id,
                            Event::Deployment(DeploymentEvent::Steered {
                                action: Action::Abort,
                                by: Requester::operator("ada"),
                            }),
                        )
                        .await;
                }
                pending::<()>().await;
            };
            let stop = CancellationToken::new();
            tokio::select! {
                () = engine.run(&id, &stop) => {}
                () = taking_over => {}
            }
        }
    }
}

/// The operator's rollback; what was ordered before a death is not ordered again.
async fn ordered(harness: &Harness) -> DeploymentId {
    let listed = harness.journal.list(&Filter::default()).await.unwrap();
    match listed.as_slice() {
        [rollback, _second, _first] => rollback.id.clone(),
        _ => order(harness, None).await,
    }
}

/// Whether a Job is about to be created, by the record.
fn begins_job(event: &Event, name: &str) -> bool {
    matches!(
        event,
        Event::Step(StepEvent::StepLearned { finding: Observation::Job(run) })
            if run.job.to_string() == name && run.state == JobState::Begins
    )
}

/// A service with a metric that is too large in every hold.
async fn beyond_its_limit() -> Harness {
    let limit = MetricRule { max: Finite::new(0.05), ..metric("errors", "x{{revision}}") };
    let rule = MetricRule { interval: Duration::from_secs(1), ..limit };
    let mut harness = Harness::serving(Settings { metrics: vec![rule], ..brief() }).await;
    let prober = Arc::new(FakeProber::new(harness.cluster.clone()));
    let clock = harness.engine.clock.clone();
    harness.engine.prober =
        Arc::new(FakePrometheus::new(prober, clock, |_| QueryAnswer::Value("0.2")));
    harness
}

/// Takes pods and images of both revisions away as soon as all users are with the candidate.
async fn lose_both(cluster: Cluster, stable: String, comes_back: bool) {
    let shifted = "game-00001 0, game-00002 100 (boathook)";
    while cluster.traffic_history("game", "game").last().is_none_or(|last| last != shifted) {
        sleep(Duration::from_millis(200)).await;
    }
    let candidate = boathook_testing::rollout_harness::digest_of(&cluster, "game-00002");
    for (image, revision) in [(&stable, "game-00001"), (&candidate, "game-00002")] {
        cluster.withdraw(image);
        cluster.evict(image);
        cluster.kill_pods("game", revision);
    }
    if comes_back {
        sleep(GONE).await;
        cluster.restore(&stable);
    }
}

/// Runs a rollout in which boathook dies whenever a step has ended and that is not on disk yet,
/// once for each step, and is started again.
pub async fn with_every_step_twice(rollout: Rollout) -> (Harness, RolloutResult) {
    let mut harness = rollout.harness().await;
    let id = rollout.accept(&harness).await.unwrap();
    for life in 0.. {
        let ends = AtomicUsize::new(0);
        let died = Arc::new(Notify::new());
        // In every life but the first, the step that had its end cut off comes to it again.
        let allowed = usize::from(life > 0);
        let tells = Arc::clone(&died);
        harness
            .tap(move |batch| {
                let is_end = |record: &Arc<Record>| {
                    matches!(
                        record.event,
                        Event::Step(StepEvent::StepEnded { .. })
                            | Event::Step(StepEvent::StepFailed { .. })
                            | Event::Step(StepEvent::RollbackFailed { .. })
                    )
                };
                let here = batch.records.iter().filter(|record| is_end(record)).count();
                if ends.fetch_add(here, Ordering::SeqCst) + here <= allowed {
                    return Ok(());
                }
                tells.notify_one();
                Err(StoreError::Stopped)
            })
            .await;
        let mut task = tokio::spawn(rollout.life(&harness, &id));
        tokio::select! {
            () = died.notified() => task.abort(),
            ended = &mut task => { ended.unwrap(); break }
        }
        let _ = task.await;
    }
    let result = harness.result(&id).await;
    (harness, result)
}

/// Runs a rollout in which boathook dies at the `nth` commit, before or after it is on disk, and is
/// started again; none where it ends before.
pub async fn with_a_death_at(
    nth: usize,
    before: bool,
    rollout: Rollout,
) -> Option<(Harness, RolloutResult)> {
    let mut harness = rollout.harness().await;
    let begun = AtomicBool::new(false);
    let count = AtomicUsize::new(0);
    let died = Arc::new(Notify::new());
    let tells = Arc::clone(&died);
    harness
        .tap(move |batch: &Batch| {
            let begins = batch.records.iter().any(|record| rollout.begins_with(&record.event));
            if !begun.fetch_or(begins, Ordering::SeqCst) && !begins {
                return Ok(());
            }
            let at = count.fetch_add(1, Ordering::SeqCst);
            let dies = if before { at >= nth } else { at > nth };
            if !dies {
                return Ok(());
            }
            tells.notify_one();
            Err(StoreError::Stopped)
        })
        .await;
    let id = rollout.accept(&harness).await;
    if let Some(id) = &id {
        let mut task = tokio::spawn(rollout.life(&harness, id));
        tokio::select! {
            () = died.notified() => task.abort(),
            ended = &mut task => { ended.unwrap(); return None }
        }
        // What the dead process had started is gone with it.
        let _ = task.await;
    }
    harness.restart().await;
    let id = rollout.accept(&harness).await.unwrap();
    rollout.life(&harness, &id).await;
    let result = harness.result(&id).await;
    Some((harness, result))
}

/// The commits to die at: in PostgreSQL, where each takes longer, every other one. Before these and
/// after them is every place.
pub fn commits_to_die_at() -> impl Iterator<Item = usize> {
    (0..).step_by(if postgres_server::is_wanted() { 2 } else { 1 })
}
