//! A deployment's state: a fold of its events, and nothing else.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    journal::{Acceptance, Approval, Event, Failure, Outcome, Progress, PromotionState, Reason, Record, Rollback},
    plan::{Action, Observations, Steering},
};

/// One deployment, as computed from its events.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    pub acceptance: Arc<Acceptance>,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// The sequence of its acceptance, which orders deployments.
    pub accepted_seq: u64,
    /// When its last event was recorded, except those of its promotion, which come after the outcome.
    pub changed_at: Timestamp,
    /// Who approved it, if it needed an approval and has one.
    pub approval: Option<Approval>,
    /// The promotion after a success; none if there is none, or no plan yet.
    pub promotion_state: Option<PromotionState>,
    /// How many programs it has started.
    pub commands: u32,
    pub state: State,
}

/// A deployment's state. Each state carries what it needs.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Accepted; an operator has to approve it first.
    AwaitingApproval {
        /// The deadline for the approval.
        until: Timestamp,
    },
    /// Accepted, not yet begun.
    Queued,
    /// Started: boathook reads the cluster.
    Planning(Steering),
    /// Running the plan's steps.
    Deploying(Progress),
    /// Running the rollback's steps.
    RollingBack(Progress, Rollback),
    /// Everything is done; the record is about to be closed.
    Closing(Conclusion),
    /// The record is closed.
    Ended(Conclusion),
}

/// How it ended, or is about to.
#[derive(Clone, Debug, PartialEq)]
pub struct Conclusion {
    pub end: Outcome,
    /// Why, if there is a reason.
    pub reason: Option<Reason>,
    /// What the steps learned.
    pub findings: Observations,
}

/// An event that cannot follow on the state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event `{event}` cannot follow state `{state}`")]
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
            accepted_seq: record.sequence,
            changed_at: record.at,
            approval: None,
            promotion_state: None,
            commands: 0,
            state: acceptance.approve_until.map_or(State::Queued, |until| State::AwaitingApproval { until }),
        })
    }

    /// The deployment after one more event.
    pub fn apply(mut self, at: Timestamp, event: &Event) -> Result<Self, IllegalEvent> {
        if event.is_of_promotion() {
            return self.apply_promotion(event);
        }
        self.state = self.state.apply(at, event)?;
        match event {
            Event::CommandStarted { command, argv: _ } => self.commands = *command,
            Event::Planned { plan } => self.promotion_state = plan.promotion.clone().map(PromotionState::new),
            Event::Approved { by, note } => self.approval = Some(Approval { at, by: by.clone(), note: note.clone() }),
            _ => {}
        }
        self.changed_at = at;
        Ok(self)
    }

    /// The promotion that a success still has to send.
    #[must_use]
    pub fn to_promote(&self) -> Option<&PromotionState> {
        let succeeded = matches!(&self.state, State::Ended(outcome) if outcome.end == Outcome::Succeeded);
        self.promotion_state.as_ref().filter(|promotion_state| succeeded && promotion_state.waits())
    }

    fn apply_promotion(mut self, event: &Event) -> Result<Self, IllegalEvent> {
        let illegal = IllegalEvent { event: event.name(), state: self.state.name() };
        let promotion_state = self.to_promote().cloned().ok_or(illegal)?;
        self.promotion_state = Some(promotion_state.apply(event)?);
        Ok(self)
    }
}

impl State {
    /// The state after one more event.
    pub fn apply(self, at: Timestamp, event: &Event) -> Result<Self, IllegalEvent> {
        match (self, event) {
            (Self::AwaitingApproval { until }, Event::Approved { .. }) if at < until => Ok(Self::Queued),
            (Self::AwaitingApproval { .. }, Event::Rejected { by, note }) => {
                Ok(Self::Closing(Conclusion::bare(Outcome::Rejected, Reason::RejectedBy { user: by.clone(), note: note.clone() })))
            }
            (Self::AwaitingApproval { until }, Event::ApprovalExpired) if at >= until => {
                Ok(Self::Closing(Conclusion::bare(Outcome::Rejected, Reason::ApprovalExpired { until })))
            }
            (Self::Queued, Event::Started) => Ok(Self::Planning(Steering::default())),
            (Self::AwaitingApproval { .. } | Self::Queued, Event::Superseded { by }) => {
                Ok(Self::Closing(Conclusion::bare(Outcome::Superseded, Reason::Superseded { by: by.clone() })))
            }
            (Self::AwaitingApproval { .. } | Self::Queued, Event::Steered { action: Action::Abort, by }) => {
                Ok(Self::Closing(Conclusion::bare(Outcome::Aborted, Reason::AbortedBeforeStart { by: by.clone() })))
            }
            (Self::Planning(steering), Event::Planned { plan }) => Ok(Self::Deploying(Progress::start(plan, steering))),
            (Self::Planning(steering), Event::Steered { action, by }) => Ok(Self::Planning(steering.after(*action, by))),
            (Self::Planning(_), Event::StepFailed { failure }) => Ok(Self::Closing(Conclusion::unplanned(failure))),
            (Self::Deploying(progress), event) => progress.deploying(at, event),
            (Self::RollingBack(progress, rollback), event) => progress.rolling_back(at, rollback, event),
            (Self::Closing(outcome), Event::Ended { end, reason: _ }) if outcome.end == *end => Ok(Self::Ended(outcome)),
            (Self::AwaitingApproval { .. } | Self::Queued, Event::Pruned { end, reason }) => {
                Ok(Self::Ended(Conclusion::pruned(*end, reason.clone())))
            }
            (state @ (Self::Planning(_) | Self::Closing(_)), Event::CommandStarted { .. } | Event::CommandEnded { .. }) => Ok(state),
            (state, event) => Err(IllegalEvent { event: event.name(), state: state.name() }),
        }
    }

    /// The place of the step under way in the plan's two lists, one after the other; none between steps.
    pub(super) fn place(&self) -> Option<usize> {
        match self {
            Self::Deploying(progress) => progress.began.map(|_| progress.next),
            Self::RollingBack(progress, _) => progress.began.map(|_| progress.plan.steps.len() + progress.next),
            Self::AwaitingApproval { .. } | Self::Queued | Self::Planning(_) | Self::Closing(_) | Self::Ended(_) => None,
        }
    }

    /// Whether an operator paused it.
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        match self {
            Self::Planning(steering) => steering.paused,
            Self::Deploying(progress) => progress.steering.paused,
            Self::AwaitingApproval { .. } | Self::Queued | Self::RollingBack(..) | Self::Closing(_) | Self::Ended(_) => false,
        }
    }

    /// What the steps learned.
    #[must_use]
    pub fn into_findings(self) -> Observations {
        match self {
            Self::AwaitingApproval { .. } | Self::Queued | Self::Planning(_) => Observations::default(),
            Self::Deploying(progress) | Self::RollingBack(progress, _) => progress.findings,
            Self::Closing(outcome) | Self::Ended(outcome) => outcome.findings,
        }
    }

    /// Its name in the API.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.status().name()
    }
}

impl Conclusion {
    fn bare(end: Outcome, reason: Reason) -> Self {
        Self { end, reason: Some(reason), findings: Observations::default() }
    }

    fn pruned(end: Outcome, reason: Option<Reason>) -> Self {
        let notes = vec!["its steps were removed from the record for their age".to_owned()];
        Self { end, reason, findings: Observations { notes, ..Observations::default() } }
    }

    fn unplanned(failure: &Failure) -> Self {
        let reason = failure.reason();
        match failure {
            Failure::Failed { .. } => Self::bare(Outcome::Failed, Reason::ServiceUnchanged { because: Box::new(reason) }),
            Failure::Conflict { .. } | Failure::Aborted { .. } => Self::bare(Outcome::Aborted, reason),
            Failure::Rejected { .. } => Self::bare(Outcome::Rejected, reason),
        }
    }
}
