//! Where a deployment stands: a fold of its events, and nothing else.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    journal::{
        Acceptance, Record,
        event::{End, Event, Failure},
    },
    plan::{Action, Finding, Findings, Plan, Steering, Step},
};

/// One deployment, as its events tell it.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    /// What was accepted.
    pub acceptance: Arc<Acceptance>,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// Its place among all deployments: the sequence of its acceptance.
    pub accepted_as: u64,
    /// When its last event was recorded.
    pub changed_at: Timestamp,
    /// How many programs it has started.
    pub commands: u32,
    /// Where it stands.
    pub state: State,
}

/// Where a deployment stands. Each state carries what it needs.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Accepted, not yet begun.
    Queued,
    /// Begun: the cluster is being looked at.
    Planning(Steering),
    /// Walking the plan's steps.
    Deploying(Progress),
    /// Walking the plan's steps back.
    RollingBack(Progress, Retreat),
    /// All is done that will be done; the record is about to be closed.
    Closing(Outcome),
    /// The record is closed.
    Ended(Outcome),
}

/// Why it goes back, and how that will have ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Retreat {
    /// Rolled back, or aborted by a person.
    pub end: End,
    /// Why.
    pub reason: String,
}

/// How far along a list of steps a deployment is.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// The plan.
    pub plan: Arc<Plan>,
    /// The index of the next step, or of the one under way.
    pub next: usize,
    /// When the step under way began for the first time; none between steps.
    pub began: Option<Timestamp>,
    /// Whether a step that changes the service has begun.
    pub touched: bool,
    /// What the steps learned.
    pub findings: Findings,
    /// What people asked of it.
    pub steering: Steering,
}

/// How it ended, or is about to.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// How.
    pub end: End,
    /// Why, where there is more to say.
    pub reason: Option<String>,
    /// What the steps learned.
    pub findings: Findings,
}

/// An event that cannot follow on the state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event `{event}` cannot follow on state `{state}`")]
pub struct IllegalEvent {
    /// The event's name.
    pub event: &'static str,
    /// The state's name.
    pub state: &'static str,
}

impl Deployment {
    /// Begins the fold; only an acceptance can be first.
    pub fn begin(record: &Record) -> Result<Self, IllegalEvent> {
        let Event::Accepted(acceptance) = &record.event else {
            return Err(IllegalEvent { event: record.event.name(), state: "none" });
        };
        Ok(Self {
            acceptance: Arc::clone(acceptance),
            accepted_at: record.at,
            accepted_as: record.sequence,
            changed_at: record.at,
            commands: 0,
            state: State::Queued,
        })
    }

    /// The deployment after one more event.
    pub fn apply(mut self, at: Timestamp, event: &Event) -> Result<Self, IllegalEvent> {
        self.state = self.state.apply(at, event)?;
        if let Event::CommandStarted { command, argv: _ } = event {
            self.commands = *command;
        }
        self.changed_at = at;
        Ok(self)
    }
}

impl State {
    /// The state after one more event.
    pub fn apply(self, at: Timestamp, event: &Event) -> Result<Self, IllegalEvent> {
        match (self, event) {
            (Self::Queued, Event::Started) => Ok(Self::Planning(Steering::default())),
            (Self::Queued, Event::Superseded { by }) => {
                Ok(Self::Closing(Outcome::bare(End::Superseded, format!("a newer request, {by}, took its place in the queue"))))
            }
            (Self::Queued, Event::Steered { action: Action::Abort, by }) => {
                Ok(Self::Closing(Outcome::bare(End::Aborted, format!("aborted by {by} before it began"))))
            }
            (Self::Planning(steering), Event::Planned { plan }) => Ok(Self::Deploying(Progress::start(plan, steering))),
            (Self::Planning(steering), Event::Steered { action, by }) => Ok(Self::Planning(steering.after(*action, by))),
            (Self::Planning(_), Event::StepFailed { failure }) => Ok(Self::Closing(Outcome::unplanned(failure))),
            (Self::Deploying(progress), event) => progress.deploying(at, event),
            (Self::RollingBack(progress, retreat), event) => progress.rolling_back(at, retreat, event),
            (Self::Closing(outcome), Event::Ended { end, reason: _ }) if outcome.end == *end => Ok(Self::Ended(outcome)),
            (state @ (Self::Planning(_) | Self::Closing(_)), Event::CommandStarted { .. } | Event::CommandEnded { .. }) => Ok(state),
            (state, event) => Err(IllegalEvent { event: event.name(), state: state.name() }),
        }
    }

    /// The word for it, as in the API.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Planning(_) => "planning",
            Self::Deploying(_) => "deploying",
            Self::RollingBack(..) => "rolling_back",
            Self::Closing(_) => "closing",
            Self::Ended(outcome) => outcome.end.name(),
        }
    }
}

impl Progress {
    fn start(plan: &Arc<Plan>, steering: Steering) -> Self {
        Self { plan: Arc::clone(plan), next: 0, began: None, touched: false, findings: Findings::default(), steering }
    }

    fn deploying(self, at: Timestamp, event: &Event) -> Result<State, IllegalEvent> {
        match event {
            Event::StepStarted { step: _ } if self.next < self.plan.steps.len() => Ok(State::Deploying(self.begin(at, |plan| &plan.steps))),
            Event::StepLearned { finding } => Ok(State::Deploying(self.learn([finding]))),
            Event::StepEnded { findings } if self.began.is_some() => Ok(self.learn(findings).past_deployed()),
            Event::StepFailed { failure } => Ok(self.fail(failure)),
            Event::Steered { action, by } => {
                let steering = self.steering.clone().after(*action, by);
                Ok(State::Deploying(Self { steering, ..self }))
            }
            Event::CommandStarted { .. } | Event::CommandEnded { .. } => Ok(State::Deploying(self)),
            other => Err(IllegalEvent { event: other.name(), state: "deploying" }),
        }
    }

    fn rolling_back(self, at: Timestamp, retreat: Retreat, event: &Event) -> Result<State, IllegalEvent> {
        match event {
            Event::StepStarted { step: _ } if self.next < self.plan.rollback.len() => {
                Ok(State::RollingBack(self.begin(at, |plan| &plan.rollback), retreat))
            }
            Event::StepLearned { finding } => Ok(State::RollingBack(self.learn([finding]), retreat)),
            Event::StepEnded { findings } if self.began.is_some() => Ok(self.learn(findings).past_undone(retreat)),
            Event::StepFailed { failure } => Ok(self.fail_to_go_back(&retreat, failure)),
            Event::CommandStarted { .. } | Event::CommandEnded { .. } => Ok(State::RollingBack(self, retreat)),
            other => Err(IllegalEvent { event: other.name(), state: "rolling_back" }),
        }
    }

    fn begin(mut self, at: Timestamp, list: impl Fn(&Plan) -> &Vec<Step>) -> Self {
        self.touched |= list(&self.plan)[self.next].changes_service();
        self.began = self.began.or(Some(at));
        self
    }

    fn learn<'a>(mut self, findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        findings.into_iter().for_each(|finding| self.findings.learn(finding));
        self
    }

    fn past_step(self) -> Self {
        Self { next: self.next + 1, began: None, ..self }
    }

    fn past_deployed(self) -> State {
        let was_hold = matches!(self.plan.steps[self.next], Step::Hold(_));
        let mut progress = self.past_step();
        if was_hold {
            progress.steering = progress.steering.past_hold();
        }
        if progress.steering.straight_to_full {
            progress.next = progress.plan.past_lesser_stages(progress.next);
        }
        if progress.next < progress.plan.steps.len() {
            return State::Deploying(progress);
        }
        // An abort that came while the last step was ending is heeded like any other.
        if let Some(by) = &progress.steering.aborted {
            let failure = Failure::Aborted { reason: format!("aborted by {by}") };
            return progress.fail(&failure);
        }
        State::Closing(Outcome { end: End::Succeeded, reason: None, findings: progress.findings })
    }

    fn past_undone(self, retreat: Retreat) -> State {
        let progress = self.past_step();
        if progress.next < progress.plan.rollback.len() {
            return State::RollingBack(progress, retreat);
        }
        State::Closing(Outcome { end: retreat.end, reason: Some(retreat.reason), findings: progress.findings })
    }

    fn fail(self, failure: &Failure) -> State {
        let (end_undone, end_done, reason) = match failure {
            Failure::Foreign { reason } => return self.close(End::Aborted, reason.clone()),
            Failure::Aborted { reason } => (End::Aborted, End::Aborted, reason),
            Failure::Failed { reason } => (End::Failed, End::RolledBack, reason),
        };
        if !self.touched {
            return self.close(end_undone, format!("{reason}; the service was not changed"));
        }
        if self.plan.rollback.is_empty() {
            return self.close(end_undone, format!("{reason}; there was nothing to go back to"));
        }
        State::RollingBack(Self { next: 0, began: None, ..self }, Retreat { end: end_done, reason: reason.clone() })
    }

    fn fail_to_go_back(self, retreat: &Retreat, failure: &Failure) -> State {
        let why_back = &retreat.reason;
        match failure {
            Failure::Foreign { reason } => self.close(End::Aborted, format!("{why_back}; while going back: {reason}")),
            Failure::Failed { reason } | Failure::Aborted { reason } => {
                self.close(End::Stuck, format!("{why_back}; the way back failed: {reason}"))
            }
        }
    }

    fn close(self, end: End, reason: String) -> State {
        State::Closing(Outcome { end, reason: Some(reason), findings: self.findings })
    }
}

impl Outcome {
    fn bare(end: End, reason: String) -> Self {
        Self { end, reason: Some(reason), findings: Findings::default() }
    }

    fn unplanned(failure: &Failure) -> Self {
        match failure {
            Failure::Failed { reason } => Self::bare(End::Failed, format!("{reason}; the service was not changed")),
            Failure::Foreign { reason } | Failure::Aborted { reason } => Self::bare(End::Aborted, reason.clone()),
        }
    }
}

impl Event {
    /// The word for it, as in the journal.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Accepted(_) => "accepted",
            Self::Started => "started",
            Self::Planned { .. } => "planned",
            Self::StepStarted { .. } => "step_started",
            Self::StepLearned { .. } => "step_learned",
            Self::StepEnded { .. } => "step_ended",
            Self::StepFailed { .. } => "step_failed",
            Self::CommandStarted { .. } => "command_started",
            Self::CommandEnded { .. } => "command_ended",
            Self::Steered { .. } => "steered",
            Self::Superseded { .. } => "superseded",
            Self::Ended { .. } => "ended",
        }
    }
}
