//! Follows the journal: sends each success that must be promoted until there is an answer, and
//! records the answer.
//!
//! The journal says what is left to do, also after a crash: a request that was sent and whose
//! answer was lost is sent again, and the next environment recognises the repeat.

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
    record::{Origin, PromotionEvent},
    state::{Deployment, PromotionOutcome, PromotionState},
};
use futures_util::future::join_all;
use tokio::{sync::Semaphore, task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::{
    journal::{AppendError, Journal, StoreError, Success},
    observers::promotion::{Answer, Deliver, PromotionRequest},
};

/// The maximum number of requests at once to one environment; the others to it wait for their turn.
const AT_ONCE: usize = 32;
/// The maximum number of further successes that are taken up at once.
const PAGE: usize = 32;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// The interval of retries if the journal cannot be read.
const JOURNAL_PAUSE: Duration = Duration::from_secs(10);
/// A promotion older than this is not sent any more.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// The observer that promotes.
#[derive(Clone)]
pub struct Promoter {
    journal: Journal,
    clock: Clock,
    deliver: Deliver,
    turns: Arc<Mutex<HashMap<Environment, Arc<Semaphore>>>>,
}

/// The result of one attempt.
enum Attempt {
    /// There is an answer, or nothing to send any more.
    Over,
    /// Send it again, after the pause that the answer asks for.
    Again { after: Option<Duration> },
}

impl Promoter {
    /// A promoter that sends its requests with `deliver`.
    #[must_use]
    pub fn new(journal: Journal, clock: Clock, deliver: Deliver) -> Self {
        Self { journal, clock, deliver, turns: Arc::default() }
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
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
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
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        loop {
            let turn = turns.acquire().await;
            let attempt = self.attempt(to, id).await;
            drop(turn);
            let after = match attempt {
                Ok(Attempt::Over) | Err(AppendError::Illegal(_) | AppendError::Unknown(_)) => {
                    return;
                }
                Ok(Attempt::Again { after }) => after,
                Err(AppendError::Store(error)) => {
                    unreadable(&error);
                    None
                }
            };
            sleep(backoff.pause().max(after.unwrap_or_default())).await;
        }
    }

    /// The turns of the requests to one environment; those of another do not wait for them.
    fn turns(&self, to: Environment) -> Arc<Semaphore> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(to).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE))))
    }

    /// Sends it once, and records what is new.
    async fn attempt(&self, to: Environment, id: &DeploymentId) -> Result<Attempt, AppendError> {
        let Some(deployment) = self.journal.deployment(id).await? else { return Ok(Attempt::Over) };
        let Some(PromotionState { promotion, answer }) = deployment.to_promote_to(to).cloned()
        else {
            return Ok(Attempt::Over);
        };
        let withdrawal =
            match Success::of(id, &deployment).as_ref().and_then(|one| one.image.digest()) {
                Some(digest) => self.journal.withdrawal(digest).await?,
                None => None,
            };
        let refusal = match withdrawal {
            Some(withdrawal) => Some(withdrawal.refusal()),
            None => self.superseded_by(id, &deployment).await?,
        };
        let answered = match refusal {
            Some(reason) => Answer::Refused(reason),
            None => {
                (self.deliver)(PromotionRequest::new(id, &deployment, &promotion, self.clock.now()))
                    .await
            }
        };
        let mut attempt = Attempt::Over;
        let event = match answered {
            Answer::Taken { id: there, status_url } => {
                info!(deployment.id = %id, promotion.to = %to, promotion.deployment = there.as_ref().map(tracing::field::display), "Promoted to {to}");
                PromotionEvent::Promoted { to, deployment: there, status_url }
            }
            Answer::Refused(reason) => {
                warn!(deployment.id = %id, promotion.to = %to, reason, "Not promoted to {to}");
                PromotionEvent::NotPromoted { to, reason }
            }
            Answer::Later { reason, after } => {
                attempt = Attempt::Again { after };
                // The same reason again is not recorded.
                if answer == (PromotionOutcome::Waiting { reason: Some(reason.clone()) }) {
                    return Ok(attempt);
                }
                warn!(deployment.id = %id, promotion.to = %to, reason, "Not promoted to {to} yet; retrying");
                PromotionEvent::PromotionDelayed { to, reason }
            }
        };
        self.journal.append(id, event).await?;
        Ok(attempt)
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

    /// Why it is not sent any more: a newer deployment brought another image, or it is too old.
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
        let waited = self.clock.now().duration_since(deployment.changed_at);
        // A clock that was set back has not waited.
        Ok((Duration::try_from(waited).unwrap_or_default() > GIVEN_UP_AFTER)
            .then(|| format!("there was no answer within {}", duration_text::show(GIVEN_UP_AFTER))))
    }
}

fn unreadable(error: &StoreError) {
    error!(error = error as &dyn Error, "The journal cannot be read or written; promotions wait");
}
