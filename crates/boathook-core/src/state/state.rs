//! A deployment's state: a fold of its events, and nothing else.

use jiff::Timestamp;

use crate::{
    record::{Failure, Held, Outcome, Reason, Status},
    rollout::{Observations, Steering},
    state::{Progress, Rollback},
};

/// A deployment's state. Each state carries what it needs.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Accepted; an operator has to approve it first.
    AwaitingApproval {
        /// The deadline for the approval.
        until: Timestamp,
        /// How many users still have to approve it.
        missing: u32,
    },
    /// Accepted; the environment's deployment windows are closed.
    AwaitingWindow {
        /// When they open.
        opens_at: Timestamp,
        /// What holds it besides, also while they are open.
        held: Option<Held>,
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

impl State {
    /// The state without what it carries.
    #[must_use]
    pub const fn status(&self) -> Status {
        match self {
            Self::AwaitingApproval { .. } => Status::AwaitingApproval,
            Self::AwaitingWindow { .. } => Status::AwaitingWindow,
            Self::Queued => Status::Queued,
            Self::Planning(_) => Status::Planning,
            Self::Deploying(_) => Status::Deploying,
            Self::RollingBack(_, rollback) => rollback.status(),
            Self::Closing(_) => Status::Closing,
            Self::Ended(outcome) => Status::Ended(outcome.end),
        }
    }

    /// Why it rolls back or ends, if there is more to say.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::AwaitingApproval { .. }
            | Self::Queued
            | Self::Planning(_)
            | Self::Deploying(_) => None,
            Self::AwaitingWindow { opens_at, held } => {
                Some(Reason::AwaitsWindow { opens_at: *opens_at, held: held.clone() })
            }
            Self::RollingBack(_, rollback) => Some(rollback.explanation()),
            Self::Closing(outcome) | Self::Ended(outcome) => outcome.reason.clone(),
        }
    }

    /// The place of the step under way in the plan's two lists, one after the other; none between
    /// steps.
    pub fn place(&self) -> Option<usize> {
        match self {
            Self::Deploying(progress) => progress.began.map(|_| progress.next),
            Self::RollingBack(progress, _) => {
                progress.began.map(|_| progress.plan.steps.len() + progress.next)
            }
            Self::AwaitingApproval { .. }
            | Self::AwaitingWindow { .. }
            | Self::Queued
            | Self::Planning(_)
            | Self::Closing(_)
            | Self::Ended(_) => None,
        }
    }

    /// Whether an operator paused it.
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        match self {
            Self::Planning(steering) => steering.paused,
            Self::Deploying(progress) => progress.steering.paused,
            Self::AwaitingApproval { .. }
            | Self::AwaitingWindow { .. }
            | Self::Queued
            | Self::RollingBack(..)
            | Self::Closing(_)
            | Self::Ended(_) => false,
        }
    }

    /// What the steps have learned; none before they begin.
    #[must_use]
    pub const fn findings(&self) -> Option<&Observations> {
        match self {
            Self::AwaitingApproval { .. }
            | Self::AwaitingWindow { .. }
            | Self::Queued
            | Self::Planning(_) => None,
            Self::Deploying(progress) | Self::RollingBack(progress, _) => Some(&progress.findings),
            Self::Closing(outcome) | Self::Ended(outcome) => Some(&outcome.findings),
        }
    }

    /// What the steps learned.
    #[must_use]
    pub fn into_findings(self) -> Observations {
        match self {
            Self::AwaitingApproval { .. }
            | Self::AwaitingWindow { .. }
            | Self::Queued
            | Self::Planning(_) => Observations::default(),
            Self::Deploying(progress) | Self::RollingBack(progress, _) => progress.findings,
            Self::Closing(outcome) | Self::Ended(outcome) => outcome.findings,
        }
    }

    /// When the deployment window opens that it waits for.
    #[must_use]
    pub const fn opens_at(&self) -> Option<Timestamp> {
        if let Self::AwaitingWindow { opens_at, held: _ } = self { Some(*opens_at) } else { None }
    }

    /// What holds one that waits for a window, besides the windows.
    #[must_use]
    pub fn held(&self) -> Option<&Held> {
        if let Self::AwaitingWindow { opens_at: _, held } = self { held.as_ref() } else { None }
    }

    /// Whether it has not begun.
    #[must_use]
    pub const fn waits(&self) -> bool {
        matches!(self, Self::AwaitingApproval { .. } | Self::AwaitingWindow { .. } | Self::Queued)
    }

    /// Its name in the API.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.status().name()
    }
}

impl Conclusion {
    pub(super) fn bare(end: Outcome, reason: Reason) -> Self {
        Self { end, reason: Some(reason), findings: Observations::default() }
    }

    pub(super) fn pruned(end: Outcome, reason: Option<Reason>) -> Self {
        let notes = vec!["its steps were removed from the record for their age".to_owned()];
        Self { end, reason, findings: Observations { notes, ..Observations::default() } }
    }

    pub(super) fn unplanned(failure: &Failure) -> Self {
        let reason = failure.reason();
        match failure {
            Failure::Failed { .. } => {
                Self::bare(Outcome::Failed, Reason::ServiceUnchanged { because: Box::new(reason) })
            }
            Failure::Conflict { .. } | Failure::Aborted { .. } => {
                Self::bare(Outcome::Aborted, reason)
            }
            Failure::Rejected { .. } => Self::bare(Outcome::Rejected, reason),
        }
    }
}
