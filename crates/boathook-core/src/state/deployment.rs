//! A deployment's state: a fold of its events, and nothing else.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    deployment::{Actor, BundleDigest, Environment, RequestedManifests},
    record::{
        Acceptance, Approval, CommandEvent, DeploymentEvent, Event, Outcome, OverrideMark,
        PromotionEvent, Reason, Record, WatchEvent,
    },
    rollout::ManifestSource,
    state::{IllegalEvent, PromotionState, State, WatchProgress, WatchState},
};

/// One deployment, as computed from its events.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    pub acceptance: Arc<Acceptance>,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// The sequence of its acceptance, which orders deployments.
    pub accepted_seq: u64,
    /// When its last event was recorded, except those of its promotion and its watch, which come
    /// after the outcome.
    pub changed_at: Timestamp,
    /// Who approved it, if it needs approvals; each user once.
    pub approvals: Vec<Approval>,
    /// Where its manifests come from; none before there is a plan, and in those of older programs.
    pub manifests: Option<ManifestSource>,
    /// The promotions after a success; none if there are none, or no plan yet.
    pub promotions: Vec<PromotionState>,
    /// The watch after a success; none if there is none, or no plan yet.
    pub watch: Option<WatchState>,
    /// When the deployment window opened that it waited for, or someone let it past.
    pub opened_at: Option<Timestamp>,
    /// Who let it past closed deployment windows, or its promotion past what the next environment
    /// requires, if someone did.
    pub overridden: Option<OverrideMark>,
    /// What its step, or the planning, waits for, if that takes long.
    pub waiting: Option<String>,
    /// How many programs it has started.
    pub commands: u32,
    pub state: State,
}

impl Deployment {
    /// Begins the fold; only an acceptance can be first.
    pub fn begin(record: &Record) -> Result<Self, IllegalEvent> {
        let illegal = || IllegalEvent::new(record.event.name(), "none");
        let acceptance = record.event.acceptance().ok_or_else(illegal)?;
        let missing = acceptance.approvers.count;
        Ok(Self {
            acceptance: Arc::clone(acceptance),
            accepted_at: record.at,
            accepted_seq: record.sequence,
            changed_at: record.at,
            approvals: Vec::new(),
            manifests: None,
            promotions: Vec::new(),
            watch: None,
            opened_at: None,
            overridden: None,
            waiting: None,
            commands: 0,
            state: match (acceptance.approve_until, acceptance.opens_at) {
                (Some(until), _) => State::AwaitingApproval { until, missing },
                (None, Some(opens_at)) => State::AwaitingWindow { opens_at, held: None },
                (None, None) => State::Queued,
            },
        })
    }

    /// The deployment after one more event.
    pub fn apply(mut self, at: Timestamp, event: &Event) -> Result<Self, IllegalEvent> {
        if let Some((by, _)) = event.overridden() {
            self.overridden = Some(OverrideMark { at, by: by.clone(), acknowledged_by: None });
        }
        if let Event::Promotion(event) = event {
            return self.apply_promotion(at, event);
        }
        if let Event::Watch(event) = event {
            return self.apply_watch(at, event);
        }
        if let Event::Deployment(DeploymentEvent::OverrideAcknowledged { by }) = event {
            return self.acknowledge(by, event);
        }
        if let Event::Deployment(DeploymentEvent::Approved { by }) = event {
            if self.approvals.iter().any(|given| given.by.user == by.user) {
                return Err(IllegalEvent::new(event.name(), self.state.name()));
            }
            self.approvals.push(Approval { at, by: by.clone() });
        }
        self.state = self.state.apply(at, event)?;
        if let Event::Deployment(
            DeploymentEvent::WindowOpened | DeploymentEvent::Overridden { .. },
        ) = event
        {
            self.opened_at = Some(at);
        }
        if let Event::Step(event) = event {
            self.waiting = event.waiting(self.waiting.take());
        }
        if let Event::Command(CommandEvent::CommandStarted { command, argv: _ }) = event {
            self.commands = *command;
        }
        if let Some(plan) = event.plan() {
            self.waiting = None;
            self.manifests.clone_from(&plan.manifests);
            self.promotions = plan.promotions.iter().cloned().map(PromotionState::new).collect();
            self.watch = plan.watch.clone().map(WatchState::new);
        }
        self.changed_at = at;
        Ok(self)
    }

    /// The bundle of manifests that it is made from, as far as that is known: its plan's, or its
    /// request's.
    #[must_use]
    pub fn bundle(&self) -> Option<&BundleDigest> {
        let requested = self.acceptance.request.manifests.as_ref();
        match &self.manifests {
            Some(source) => source.bundle(),
            None => requested.map(RequestedManifests::bundle),
        }
    }

    /// The bundle of manifests that serves with it, by all that is known: none after a rollback to a
    /// revision that left the objects beside it as they were.
    #[must_use]
    pub fn served_bundle(&self) -> Option<&BundleDigest> {
        let is_whole = match &self.manifests {
            Some(ManifestSource::Bundle { revision_only, .. }) => !revision_only,
            Some(ManifestSource::Node { .. }) | None => true,
        };
        let left = self.state.findings().is_some_and(|known| !known.restored.left.is_empty());
        self.bundle().filter(|_| is_whole && !left)
    }

    /// Why it waits, rolls back or ended, if there is more to say.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        let waiting = || self.waiting.as_deref().map(Reason::stated);
        self.state.reason().or_else(waiting).or_else(|| self.needs_approvals())
    }

    /// Whether it has every approval that it needs.
    #[must_use]
    pub fn is_approved(&self) -> bool {
        self.approvals.len() >= self.acceptance.approvers.count as usize
    }

    /// How many approvals there are, while it waits for those of several users.
    fn needs_approvals(&self) -> Option<Reason> {
        let needed = self.acceptance.approvers.count;
        let given = || self.approvals.iter().map(|given| given.by.user.clone()).collect();
        (matches!(self.state, State::AwaitingApproval { .. }) && needed > 1)
            .then(|| Reason::NeedsApprovals { given: given(), needed })
    }

    /// Whether its record is closed, and it succeeded.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        matches!(&self.state, State::Ended(outcome) if outcome.end == Outcome::Succeeded)
    }

    /// The beginning of its watch, right after its success.
    #[must_use]
    pub fn watch_to_begin(&self) -> Option<WatchEvent> {
        let planned = self.watch.as_ref().filter(|_| self.succeeded())?;
        let until = self.changed_at.saturating_add(planned.watch.duration).ok()?;
        matches!(planned.progress, WatchProgress::Planned).then_some(WatchEvent::Watched { until })
    }

    /// Its watch, while that goes on.
    #[must_use]
    pub fn watched(&self) -> Option<&WatchState> {
        self.watch.as_ref().filter(|watch| watch.progress.until().is_some())
    }

    /// The promotions that a success still has to send.
    pub fn to_promote(&self) -> impl Iterator<Item = &PromotionState> {
        let succeeded = self.succeeded();
        self.promotions.iter().filter(move |promotion| succeeded && promotion.waits())
    }

    /// The one that it still has to send to this environment.
    #[must_use]
    pub fn to_promote_to(&self, environment: Environment) -> Option<&PromotionState> {
        self.to_promote().find(|state| state.promotion.to == environment)
    }

    /// Whether there was an override that nobody has acknowledged.
    #[must_use]
    pub fn is_unacknowledged(&self) -> bool {
        self.overridden.as_ref().is_some_and(|mark| mark.acknowledged_by.is_none())
    }

    /// As with a promotion, the outcome and its time stay.
    fn acknowledge(mut self, by: &Actor, event: &Event) -> Result<Self, IllegalEvent> {
        match self.overridden.as_mut() {
            Some(mark) if mark.acknowledged_by.is_none() => {
                mark.acknowledged_by = Some(by.clone());
                Ok(self)
            }
            Some(_) | None => Err(IllegalEvent::new(event.name(), self.state.name())),
        }
    }

    fn apply_watch(mut self, at: Timestamp, event: &WatchEvent) -> Result<Self, IllegalEvent> {
        let illegal = IllegalEvent::new(event.into(), self.state.name());
        if !self.succeeded() {
            return Err(illegal);
        }
        self.watch = Some(self.watch.take().ok_or(illegal)?.apply(at, event)?);
        Ok(self)
    }

    fn apply_promotion(
        mut self,
        at: Timestamp,
        event: &PromotionEvent,
    ) -> Result<Self, IllegalEvent> {
        let illegal = IllegalEvent::new(event.into(), self.state.name());
        self.to_promote_to(event.to()).ok_or(illegal)?;
        for promotion in &mut self.promotions {
            if promotion.promotion.to == event.to() {
                *promotion = promotion.clone().apply(at, event)?;
            }
        }
        Ok(self)
    }
}
