//! A record without the users who steered the deployment and their notes: what a holder of a
//! `status_url` may read.

use std::sync::Arc;

use boathook_core::deployment::Actor;

use crate::journal::{Acceptance, Event, Failure, Origin, Record};

impl Record {
    #[must_use]
    pub fn without_users(self) -> Self {
        Self { event: self.event.without_users(), ..self }
    }
}

impl Event {
    fn without_users(self) -> Self {
        match self {
            Self::Accepted(acceptance) => Self::Accepted(Arc::new(without_operator(&acceptance))),
            Self::Steered { action, by } => Self::Steered { action, by: by.without_user() },
            Self::StepFailed { failure: Failure::Aborted { by } } => {
                Self::StepFailed { failure: Failure::Aborted { by: by.without_user() } }
            }
            Self::Ended { end, reason } => {
                Self::Ended { end, reason: reason.map(|reason| reason.without_user()) }
            }
            Self::Pruned { end, reason } => {
                Self::Pruned { end, reason: reason.map(|reason| reason.without_user()) }
            }
            Self::Unlocked { by: _, lock } => Self::Unlocked { by: Actor::anonymous(), lock },
            // Who approved or rejected it is an answer to the sender.
            Self::Approved { .. }
            | Self::Rejected { .. }
            | Self::ApprovalExpired
            | Self::Started
            | Self::Planned { .. }
            | Self::StepStarted { .. }
            | Self::StepLearned { .. }
            | Self::StepEnded { .. }
            | Self::StepFailed {
                failure:
                    Failure::Failed { .. } | Failure::Conflict { .. } | Failure::Rejected { .. },
            }
            | Self::RollbackFailed { .. }
            | Self::CommandStarted { .. }
            | Self::CommandEnded { .. }
            | Self::Superseded { .. }
            | Self::Locked(_)
            | Self::PromotionDelayed { .. }
            | Self::Promoted { .. }
            | Self::NotPromoted { .. } => self,
        }
    }
}

fn without_operator(acceptance: &Acceptance) -> Acceptance {
    let origin = match acceptance.origin.clone() {
        Origin::Requested => Origin::Requested,
        Origin::Retry { of, by: _ } => Origin::Retry { of, by: Actor::anonymous() },
        Origin::Rollback { to, by: _ } => Origin::Rollback { to, by: Actor::anonymous() },
    };
    Acceptance { origin, ..acceptance.clone() }
}
