//! Follows the journal: sends each success that must be promoted until there is an answer, and
//! records the answer.
//!
//! The journal says what is left to do, also after a crash: a request that was sent and whose
//! answer was lost is sent again, and the next environment recognises the repeat. What must be proven
//! first is asked before anything is sent, and waits in the record.

use std::{
    collections::{HashMap, HashSet},
    error::Error,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use boathook_core::{
    clock::Clock,
    deployment::{DeploymentId, Environment},
    duration_text,
    rate::Backoff,
    record::{Origin, PromotionEvent, PromotionWait, Reason, RequiredBy},
    state::{Deployment, PromotionOutcome, PromotionState},
};
use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::{sync::Semaphore, task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::{
    journal::{AppendError, Journal, StoreError, Success},
    observers::promotion::{
        CurrentRoute, CurrentRoutes, PromotionAnswer, PromotionRequest,
        proving::{Lacking, Proving},
    },
};

/// The maximum number of requests at once to one environment; the others to it wait for their turn.
const AT_ONCE: usize = 32;
/// The maximum number of further successes that are taken up at once.
const PAGE: usize = 32;
const BACKOFF: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(300));
/// The interval of retries if the journal cannot be read.
const JOURNAL_PAUSE: Duration = Duration::from_secs(10);
/// The longest pause before it is asked again whether a digest is proven: clocks are set, and
/// configurations are changed.
const PROOF_PAUSE: Duration = Duration::from_secs(60);
/// A promotion that could be sent for longer than this is not sent any more.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// The observer that promotes.
#[derive(Clone)]
pub struct Promoter {
    journal: Journal,
    clock: Clock,
    routes: CurrentRoutes,
    turns: Arc<Mutex<HashMap<Environment, Arc<Semaphore>>>>,
}

/// The result of one attempt.
enum Attempt {
    /// There is an answer, or nothing to send any more.
    Over,
    /// Send it again, after the pause that the answer asks for.
    Again { after: Option<Duration> },
    /// Ask again when it is due, or earlier if something happens.
    Waits { due: Option<Timestamp> },
}

/// What becomes of a promotion now.
enum Decision {
    Taken { id: Option<DeploymentId>, status_url: String },
    Refused(Reason),
    Later { reason: Reason, after: Option<Duration> },
    Waits(PromotionWait),
}

impl Promoter {
    /// A promoter that sends its requests on these routes.
    #[must_use]
    pub fn new(journal: Journal, clock: Clock, routes: CurrentRoutes) -> Self {
        Self { journal, clock, routes, turns: Arc::default() }
    }

    /// Sends existing and new promotions until it is stopped. The next start continues unfinished
    /// ones.
    pub async fn run(self, stop: CancellationToken) {
        let mut tasks = JoinSet::new();
        let mut under_way = HashSet::new();
        let mut changes = self.journal.milestones();
        loop {
            // However many wait for an answer, the page has those that came after them.
            let page = under_way.len().saturating_add(PAGE);
            let limit = u32::try_from(page).unwrap_or(u32::MAX);
            let found = self.journal.to_promote(limit).await.inspect_err(unreadable);
            let next = async {
                if let Ok(found) = &found {
                    if found.len() < page {
                        changes.next().await;
                    }
                } else {
                    sleep(JOURNAL_PAUSE).await;
                }
            };
            for id in found.iter().flatten().filter(|id| under_way.insert((*id).clone())) {
                let promoter = self.clone();
                let id = id.clone();
                tasks.spawn(async move {
                    promoter.promote(&id).await;
                    id
                });
            }
            tokio::select! {
                () = stop.cancelled() => return,
                Some(done) = tasks.join_next() => drop(done.map(|id| under_way.remove(&id))),
                () = next => {}
            }
        }
    }

    /// Sends each promotion of a success; a slow one holds up no other.
    async fn promote(&self, id: &DeploymentId) {
        let mut backoff = BACKOFF;
        let deployment = loop {
            match self.journal.deployment(id).await {
                Ok(deployment) => break deployment,
                Err(error) => unreadable(&error),
            }
            sleep(backoff.pause()).await;
        };
        let waiting = deployment.iter().flat_map(Deployment::to_promote);
        let targets = waiting.map(|state| state.promotion.to).collect::<Vec<_>>();
        drop(deployment);
        join_all(targets.into_iter().map(|to| self.promote_to(to, id))).await;
    }

    async fn promote_to(&self, to: Environment, id: &DeploymentId) {
        let turns = self.turns(to);
        let mut backoff = BACKOFF;
        let mut changes = self.journal.milestones();
        loop {
            let turn = turns.acquire().await;
            let attempt = self.attempt(to, id).await;
            drop(turn);
            let after = match attempt {
                Ok(Attempt::Over) | Err(AppendError::Illegal(_) | AppendError::Unknown(_)) => {
                    return;
                }
                Ok(Attempt::Again { after }) => after,
                Ok(Attempt::Waits { due }) => {
                    backoff.reset();
                    tokio::select! {
                        () = sleep(self.until(due)) => {}
                        () = changes.of(id) => {}
                    }
                    continue;
                }
                Err(AppendError::Store(error)) => {
                    unreadable(&error);
                    None
                }
            };
            sleep(backoff.pause().max(after.unwrap_or_default())).await;
        }
    }

    fn until(&self, due: Option<Timestamp>) -> Duration {
        let left = due.map(|due| due.duration_since(self.clock.now()));
        let left = left.map(|left| Duration::try_from(left).unwrap_or_default());
        left.map_or(PROOF_PAUSE, |left| left.min(PROOF_PAUSE))
    }

    /// The turns of the requests to one environment; those of another do not wait for them.
    fn turns(&self, to: Environment) -> Arc<Semaphore> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(to).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE))))
    }

    /// Sends it once if nothing is lacking, and records what is new.
    async fn attempt(&self, to: Environment, id: &DeploymentId) -> Result<Attempt, AppendError> {
        let Some(deployment) = self.journal.deployment(id).await? else { return Ok(Attempt::Over) };
        let Some(state) = deployment.to_promote_to(to).cloned() else { return Ok(Attempt::Over) };
        let mut attempt = Attempt::Over;
        let event = match self.decide(id, &deployment, &state).await? {
            Decision::Waits(wait) => {
                attempt = Attempt::Waits { due: wait.due() };
                // The same wait again is not recorded.
                if state.awaits() == Some(&wait) {
                    return Ok(attempt);
                }
                info!(deployment.id = %id, promotion.to = %to, "Not promoted to {to} yet: {wait}");
                PromotionEvent::PromotionWaits { to, wait }
            }
            Decision::Taken { id: there, status_url } => {
                info!(deployment.id = %id, promotion.to = %to, promotion.deployment = there.as_ref().map(tracing::field::display), "Promoted to {to}");
                PromotionEvent::Promoted { to, deployment: there, status_url }
            }
            Decision::Refused(reason) => {
                warn!(deployment.id = %id, promotion.to = %to, %reason, "Not promoted to {to}");
                PromotionEvent::NotPromoted { to, reason }
            }
            Decision::Later { reason, after } => {
                attempt = Attempt::Again { after };
                // The same reason again is not recorded.
                if matches!(&state.answer, PromotionOutcome::Waiting { reason: Some(known), .. } if *known == reason)
                {
                    return Ok(attempt);
                }
                warn!(deployment.id = %id, promotion.to = %to, %reason, "Not promoted to {to} yet; retrying");
                PromotionEvent::PromotionDelayed { to, reason }
            }
        };
        self.journal.append(id, event).await?;
        Ok(attempt)
    }

    /// Asks what is required, and sends it if nothing is lacking.
    async fn decide(
        &self,
        id: &DeploymentId,
        deployment: &Deployment,
        state: &PromotionState,
    ) -> Result<Decision, StoreError> {
        let refused = |reason: String| Ok(Decision::Refused(Reason::stated(reason)));
        let success = Success::of(id, deployment);
        let digest = success.as_ref().and_then(|one| one.image.digest());
        let withdrawal = match digest {
            Some(digest) => self.journal.withdrawal(digest).await?,
            None => None,
        };
        if let Some(withdrawal) = withdrawal {
            return Ok(Decision::Refused(Reason::Withdrawn { withdrawal }));
        }
        if let Some(reason) = self.superseded_by(id, deployment).await? {
            return refused(reason);
        }
        let from = deployment.acceptance.request.environment;
        let CurrentRoute { terms, deliver } = (self.routes)(from, state.promotion.to);
        if state.hurry.is_none() {
            let now = self.clock.now();
            let proving =
                Proving { journal: &self.journal, now, deployment, digest, terms: &terms };
            if let Some(lacking) = proving.lacks().await? {
                return Ok(self.waiting(state, lacking));
            }
        }
        if let Some(since) = sendable_since(deployment, state)
            && self.is_long_ago(since)
        {
            let given_up = duration_text::show(GIVEN_UP_AFTER);
            return refused(format!("there was no answer within {given_up}"));
        }
        let request = PromotionRequest::new(id, deployment, state, self.clock.now());
        Ok(match deliver(request).await {
            PromotionAnswer::Taken { id, status_url } => Decision::Taken { id, status_url },
            PromotionAnswer::Refused(reason) => Decision::Refused(reason),
            PromotionAnswer::Later { reason, after } => Decision::Later { reason, after },
            PromotionAnswer::NotProven(why) => {
                self.waiting(state, PromotionWait::of(RequiredBy::Target, why))
            }
        })
    }

    /// Waits, unless a success elsewhere has been lacking for too long. Waves end by themselves.
    fn waiting(&self, state: &PromotionState, lacking: Lacking) -> Decision {
        let wait = match lacking {
            Ok(wait) => wait,
            Err(reason) => return Decision::Refused(*reason),
        };
        match state.lacks_success_since() {
            Some(since) if wait.may_last_for_ever() && self.is_long_ago(since) => {
                let given_up = duration_text::show(GIVEN_UP_AFTER);
                Decision::Refused(Reason::stated(format!("after {given_up}, {wait}")))
            }
            Some(_) | None => Decision::Waits(wait),
        }
    }

    /// A clock that was set back has not waited.
    fn is_long_ago(&self, since: Timestamp) -> bool {
        let waited = self.clock.now().duration_since(since);
        Duration::try_from(waited).unwrap_or_default() > GIVEN_UP_AFTER
    }

    /// Whether a success is a redeploy of that deployment's image, at first or at second hand.
    async fn redeploys(&self, newer: &Success, id: &DeploymentId) -> Result<bool, StoreError> {
        let mut of = newer.deployment.clone();
        while of != *id {
            let Some(deployment) = self.journal.deployment(&of).await? else { return Ok(false) };
            let Origin::Redeploy { of: earlier, by: _ } = &deployment.acceptance.origin else {
                return Ok(false);
            };
            of = earlier.clone();
        }
        Ok(true)
    }

    /// Why it is not sent any more, if a newer deployment brought another image.
    async fn superseded_by(
        &self,
        id: &DeploymentId,
        deployment: &Deployment,
    ) -> Result<Option<String>, StoreError> {
        let request = &deployment.acceptance.request;
        let serving = self.journal.last_success(request.environment, &request.service()).await?;
        let newer = serving.filter(|newer| newer.deployment != *id);
        if let Some(newer) = newer
            && !self.redeploys(&newer, id).await?
        {
            return Ok(Some(format!(
                "{} has succeeded in {} since, and this one is not sent on any more",
                newer.deployment, request.environment
            )));
        }
        Ok(None)
    }
}

/// Since when it could be sent, as far as the record says.
fn sendable_since(deployment: &Deployment, state: &PromotionState) -> Option<Timestamp> {
    match &state.answer {
        PromotionOutcome::Waiting { reason: _, since } => {
            Some(since.unwrap_or(deployment.changed_at))
        }
        PromotionOutcome::AwaitsProof { wait, since: _ } => wait.due(),
        PromotionOutcome::Promoted { .. } | PromotionOutcome::NotPromoted { .. } => None,
    }
}

fn unreadable(error: &StoreError) {
    error!(error = error as &dyn Error, "The journal cannot be read or written; promotions wait");
}
