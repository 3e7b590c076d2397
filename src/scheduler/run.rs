//! Handing deployments to workers: at the start of the program, when something is accepted, and
//! when a worker returns.

use std::{collections::HashMap, error::Error, future::pending, sync::Arc};

use boathook_core::{
    clock::Clock,
    deployment::{DeploymentId, Requester},
    record::{DeploymentEvent, Origin, Outcome, Status},
    rollout::Action,
    state::{Conclusion, Deployment, State},
};
use futures_util::future::{BoxFuture, join_all};
use tokio::{
    select,
    sync::watch,
    task::{Id, JoinError, JoinSet},
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::{
    journal::{AppendError, Journal},
    scheduler::{
        Decision, Entry, EntryKind, Limits, Supersession,
        approvals::{expired, next_expiry},
        choose,
        limits::TICK_MAX,
        openings::Openings,
        outdated::outdated,
        replace::replaced,
        rests::Rests,
        windows::{Judged, judge, next_opening},
    },
};

/// Hands deployments to workers. A worker runs one deployment to its end, from any state.
pub struct Scheduler<W> {
    journal: Journal,
    clock: Clock,
    worker: W,
    limits: watch::Receiver<Limits>,
    stop: CancellationToken,
    workers: JoinSet<()>,
    working: HashMap<Id, Entry>,
    rests: Rests,
    openings: Openings,
}

/// Everything that has not ended, by what may be done with it.
#[derive(Default)]
struct Sorted {
    /// Waiting, in order of acceptance.
    queued: Vec<Entry>,
    /// Holding their services: worked on, or begun and left.
    running: Vec<Entry>,
    /// The running deployments without a worker.
    left: Vec<Entry>,
    /// How many of the running have a failed rollback: they hold their services, but take no worker
    /// from others.
    failed_rollbacks: usize,
    /// Superseded or refused, and not yet closed.
    turned_away: Vec<(DeploymentId, Conclusion)>,
}

impl<W: Fn(DeploymentId) -> BoxFuture<'static, ()>> Scheduler<W> {
    /// Works until `stop`, then starts nothing more and returns when every worker has; workers
    /// watch the same token themselves. Starts nothing at the limit, which does not count failed
    /// rollbacks; deployments that have begun continue even above it. New limits start a round.
    /// Dropping the future stops all workers at once.
    pub async fn run(
        journal: Journal,
        clock: Clock,
        worker: W,
        limits: watch::Receiver<Limits>,
        stop: CancellationToken,
    ) {
        let mut changes = journal.milestones();
        let mut scheduler = Self {
            journal,
            clock,
            worker,
            limits,
            stop: stop.clone(),
            workers: JoinSet::new(),
            working: HashMap::new(),
            rests: Rests::default(),
            openings: Openings::default(),
        };
        while !stop.is_cancelled() {
            let now = Instant::now();
            scheduler.tick(now).await;
            let wake = scheduler.wake(now);
            select! {
                () = stop.cancelled() => {}
                Some(returned) = scheduler.workers.join_next_with_id() => scheduler.returned(returned),
                Ok(()) = scheduler.limits.changed() => {}
                () = sleep_to(wake) => {}
                () = changes.next() => {}
            }
        }
        while let Some(returned) = scheduler.workers.join_next_with_id().await {
            scheduler.returned(returned);
        }
    }

    /// When the next round starts if nothing happens: at the end of a pause between retries, when an
    /// approval expires, or when a deployment window opens.
    fn wake(&self, now: Instant) -> Option<Instant> {
        let live = self.journal.live();
        let time_of_day = self.clock.now();
        let times = [next_expiry(&live, time_of_day), next_opening(&live, time_of_day)];
        let times = times.into_iter().flatten().map(|left| now + left.min(TICK_MAX));
        self.rests.next_end(now).into_iter().chain(times).min()
    }

    /// One round over every deployment that has not ended:
    ///
    /// 1. Those that nobody approved in time are refused; superseded and refused ones are closed.
    ///    Those whose deployment windows are closed begin to wait, and those whose windows are open,
    ///    and that no lock and no freeze holds, take their place in the queue.
    /// 2. Those that have begun, or that only need closing, and that nobody works on are handed to
    ///    workers; while they rest, their services stay held.
    /// 3. The queue chooses among those that wait.
    /// 4. Older requests give way, also those that wait for an approval or a window. Where that cannot be recorded
    ///    nothing begins, or an older image could come after a newer one.
    /// 5. Where config says so, those under way whose service has a newer request waiting are
    ///    aborted; they roll back first.
    /// 6. The chosen are handed to workers; one that rests keeps its place.
    async fn tick(&mut self, now: Instant) {
        let live = self.journal.live();
        let limits = self.limits.borrow().clone();
        self.rests.retain(|id| live.iter().any(|(other, _)| other == id));
        let unapproved = expired(&live, self.clock.now())
            .into_iter()
            .inspect(|id| info!(deployment.id = %id, "Nobody approved {id} in time"));
        self.record_all(unapproved.map(|id| (id, DeploymentEvent::ApprovalExpired)).collect())
            .await;
        let Judged { events, held } =
            judge(&live, &limits, &self.journal.locks(), &mut self.openings, self.clock.now());
        self.record_all(events).await;
        let unheld: Vec<_> = live.iter().filter(|(id, _)| !held.contains(id)).cloned().collect();
        let Sorted { queued, running, left, failed_rollbacks, turned_away } = self.sort(&unheld);
        let closed =
            turned_away.into_iter().map(|(id, Conclusion { end, reason, findings: _ })| {
                (id, DeploymentEvent::Ended { end, reason })
            });
        self.record_all(closed.collect()).await;
        left.into_iter().for_each(|entry| self.start(entry, now));
        let Decision { supersede, start } = choose(
            &queued,
            &running,
            (limits.running + failed_rollbacks).saturating_sub(running.len()),
        );
        let superseded = supersede.into_iter().chain(outdated(&live)).map(|Supersession { id, by }| {
            info!(deployment.id = %id, "A newer request, {by}, takes the place of {id} in the queue");
            (id, DeploymentEvent::Superseded { by })
        });
        if !self.record_all(superseded.collect()).await {
            return;
        }
        let replaced_events = replaced(&unheld, &limits.replacing).into_iter().map(|Supersession { id, by }| {
            info!(deployment.id = %id, "A newer request, {by}, takes the place of {id}, which is aborted");
            (id, DeploymentEvent::Steered { action: Action::Abort, by: Requester::NewerRequest(by) })
        });
        self.record_all(replaced_events.collect()).await;
        let chosen = queued.into_iter().filter(|entry| start.contains(&entry.id));
        chosen.for_each(|entry| self.start(entry, now));
    }

    fn sort(&self, live: &[(DeploymentId, Arc<Deployment>)]) -> Sorted {
        let failed_rollbacks = live
            .iter()
            .filter(|(_, deployment)| deployment.state.status() == Status::RollbackFailed)
            .count();
        let mut sorted = Sorted {
            running: self.working.values().cloned().collect(),
            failed_rollbacks,
            ..Sorted::default()
        };
        for (id, deployment) in live.iter().filter(|(id, _)| !self.works_on(id)) {
            let acceptance = &deployment.acceptance;
            let kind = match acceptance.origin {
                Origin::Requested | Origin::Retry { .. } => EntryKind::Request,
                Origin::Rollback { after_watch: None, .. } => EntryKind::Rollback,
                Origin::Rollback { after_watch: Some(_), .. } => EntryKind::OwnRollback,
                Origin::Redeploy { .. } => EntryKind::Redeploy,
            };
            let entry = Entry { id: id.clone(), service: acceptance.request.service(), kind };
            match &deployment.state {
                State::Queued => sorted.queued.push(entry),
                State::AwaitingApproval { .. } | State::AwaitingWindow { .. } | State::Ended(_) => {
                }
                State::Closing(outcome)
                    if matches!(outcome.end, Outcome::Superseded | Outcome::Rejected) =>
                {
                    sorted.turned_away.push((entry.id, outcome.clone()));
                }
                State::Planning(_)
                | State::Deploying(_)
                | State::RollingBack(..)
                | State::Closing(_) => {
                    sorted.running.push(entry.clone());
                    sorted.left.push(entry);
                }
            }
        }
        sorted
    }

    fn works_on(&self, id: &DeploymentId) -> bool {
        self.working.values().any(|entry| entry.id == *id)
    }

    /// Whether each event is in the journal, or cannot be because someone else was quicker;
    /// otherwise it is tried again later. They are written together, because the disk takes many as
    /// quickly as one.
    async fn record_all(&mut self, events: Vec<(DeploymentId, DeploymentEvent)>) -> bool {
        let journal = &self.journal;
        let recording = events
            .into_iter()
            .map(|(id, event)| async move { (journal.append(&id, event).await, id) });
        let mut all = true;
        for (recorded, id) in join_all(recording).await {
            match recorded {
                Ok(_) | Err(AppendError::Illegal(_) | AppendError::Unknown(_)) => {}
                Err(AppendError::Store(error)) => {
                    let pause = self.rests.begin(id.clone());
                    let error: &dyn Error = &error;
                    warn!(deployment.id = %id, error, "Failed to record an event of {id}; retrying in {pause:?}");
                    all = false;
                }
            }
        }
        all
    }

    fn start(&mut self, entry: Entry, now: Instant) {
        if self.stop.is_cancelled() || self.rests.holds(&entry.id, now) {
            return;
        }
        let worker = self.workers.spawn((self.worker)(entry.id.clone()));
        self.working.insert(worker.id(), entry);
    }

    /// A worker may return before the end, because the journal could not be written or by a panic:
    /// it will not be the last one.
    fn returned(&mut self, returned: Result<(Id, ()), JoinError>) {
        let task = returned.as_ref().map_or_else(JoinError::id, |(task, ())| *task);
        let Some(Entry { id, .. }) = self.working.remove(&task) else { return };
        if let Err(error) = returned {
            error!(deployment.id = %id, %error, "The worker of {id} panicked");
        }
        let ended = self.journal.live().iter().all(|(other, _)| *other != id);
        if !ended && !self.stop.is_cancelled() {
            let pause = self.rests.begin(id.clone());
            warn!(deployment.id = %id, "The worker of {id} returned before the end; retrying in {pause:?}");
        }
    }
}

async fn sleep_to(wake: Option<Instant>) {
    match wake {
        Some(wake) => sleep_until(wake).await,
        None => pending().await,
    }
}
