//! Where a deployment stands: a fold of its events, and nothing else.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    journal::{
        Acceptance, Record,
        event::{End, Event, Failure},
    },
    plan::{Findings, Plan, Step},
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
    Planning,
    /// Walking the plan's steps.
    Deploying(Progress),
    /// Walking the plan's steps back.
    RollingBack(Progress, Reason),
    /// All is done that will be done; the record is about to be closed.
    Closing(Outcome),
    /// The record is closed.
    Ended(Outcome),
}

/// Why it went back.
pub type Reason = String;

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
            (Self::Queued, Event::Started) => Ok(Self::Planning),
            (Self::Queued, Event::Superseded { by }) => {
                Ok(Self::Closing(Outcome::bare(End::Superseded, format!("a newer request, {by}, took its place in the queue"))))
            }
            (Self::Planning, Event::Planned { plan }) => Ok(Self::Deploying(Progress::start(plan))),
            (Self::Planning, Event::StepFailed { failure }) => Ok(Self::Closing(Outcome::unplanned(failure))),
            (Self::Deploying(progress), Event::StepStarted { step: _ }) if progress.next < progress.plan.steps.len() => {
                Ok(Self::Deploying(progress.began(at, |plan| &plan.steps)))
            }
            (Self::Deploying(progress), Event::StepLearned { finding }) => Ok(Self::Deploying(progress.learned([finding]))),
            (Self::Deploying(progress), Event::StepEnded { findings }) if progress.began.is_some() => {
                Ok(progress.learned(findings).deployed())
            }
            (Self::Deploying(progress), Event::StepFailed { failure }) => Ok(progress.failed(failure)),
            (Self::RollingBack(progress, reason), Event::StepStarted { step: _ }) if progress.next < progress.plan.rollback.len() => {
                Ok(Self::RollingBack(progress.began(at, |plan| &plan.rollback), reason))
            }
            (Self::RollingBack(progress, reason), Event::StepLearned { finding }) => {
                Ok(Self::RollingBack(progress.learned([finding]), reason))
            }
            (Self::RollingBack(progress, reason), Event::StepEnded { findings }) if progress.began.is_some() => {
                Ok(progress.learned(findings).went_back(reason))
            }
            (Self::RollingBack(progress, reason), Event::StepFailed { failure }) => Ok(progress.could_not_go_back(&reason, failure)),
            (Self::Closing(outcome), Event::Ended { end, reason: _ }) if outcome.end == *end => Ok(Self::Ended(outcome)),
            (
                state @ (Self::Planning | Self::Deploying(_) | Self::RollingBack(..) | Self::Closing(_)),
                Event::CommandStarted { .. } | Event::CommandEnded { .. },
            ) => Ok(state),
            (state, event) => Err(IllegalEvent { event: event.name(), state: state.name() }),
        }
    }

    /// The word for it, as in the API.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Planning => "planning",
            Self::Deploying(_) => "deploying",
            Self::RollingBack(..) => "rolling_back",
            Self::Closing(_) => "closing",
            Self::Ended(outcome) => outcome.end.name(),
        }
    }
}

impl Progress {
    fn start(plan: &Arc<Plan>) -> Self {
        Self { plan: Arc::clone(plan), next: 0, began: None, touched: false, findings: Findings::default() }
    }

    /// The step that is next or under way, in the list given.
    fn began(mut self, at: Timestamp, list: impl Fn(&Plan) -> &Vec<Step>) -> Self {
        self.touched |= list(&self.plan)[self.next].changes_service();
        self.began = self.began.or(Some(at));
        self
    }

    fn learned<'a>(mut self, findings: impl IntoIterator<Item = &'a crate::plan::Finding>) -> Self {
        findings.into_iter().for_each(|finding| self.findings.learn(finding));
        self
    }

    fn past_step(mut self) -> Self {
        self.next += 1;
        self.began = None;
        self
    }

    fn deployed(self) -> State {
        let progress = self.past_step();
        if progress.next < progress.plan.steps.len() {
            return State::Deploying(progress);
        }
        State::Closing(Outcome { end: End::Succeeded, reason: None, findings: progress.findings })
    }

    fn failed(mut self, failure: &Failure) -> State {
        let close = |end, reason: &str, findings| State::Closing(Outcome { end, reason: Some(reason.to_owned()), findings });
        match failure {
            Failure::Foreign { reason } => close(End::Aborted, reason, self.findings),
            Failure::Failed { reason } if !self.touched => {
                close(End::Failed, &format!("{reason}; the service was not changed"), self.findings)
            }
            Failure::Failed { reason } if self.plan.rollback.is_empty() => {
                close(End::Failed, &format!("{reason}; there was nothing to go back to"), self.findings)
            }
            Failure::Failed { reason } => {
                self.next = 0;
                self.began = None;
                State::RollingBack(self, reason.clone())
            }
        }
    }

    fn went_back(self, reason: Reason) -> State {
        let progress = self.past_step();
        if progress.next < progress.plan.rollback.len() {
            return State::RollingBack(progress, reason);
        }
        State::Closing(Outcome { end: End::RolledBack, reason: Some(reason), findings: progress.findings })
    }

    fn could_not_go_back(self, why_back: &str, failure: &Failure) -> State {
        let (end, reason) = match failure {
            Failure::Foreign { reason } => (End::Aborted, format!("{why_back}; while going back: {reason}")),
            Failure::Failed { reason } => (End::Stuck, format!("{why_back}; the way back failed: {reason}")),
        };
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
            Failure::Foreign { reason } => Self::bare(End::Aborted, reason.clone()),
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
            Self::Superseded { .. } => "superseded",
            Self::Ended { .. } => "ended",
        }
    }
}
