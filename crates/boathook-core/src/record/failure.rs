//! How a step failed.

use serde::{Deserialize, Serialize};

use crate::{
    deployment::Requester,
    record::{Reason, Rewrite, older_reason, older_text},
};

/// How a step failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Failure {
    /// The step failed, or what it checked is unhealthy: roll back.
    Failed {
        /// The cluster's or the program's own words, with ours around them.
        reason: String,
    },
    /// An operator aborted it: roll back.
    Aborted {
        #[serde(alias = "reason", deserialize_with = "older_text::or_text")]
        by: Requester,
    },
    /// Someone else changed the service: stop, and change nothing more.
    Conflict {
        /// Who, and what was found.
        reason: String,
    },
    /// Policy refused it before anything was changed.
    Rejected {
        /// Why, and what to do.
        #[serde(deserialize_with = "older_reason::or_stated")]
        reason: Reason,
    },
}

impl Failure {
    /// Why.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::Failed { reason } | Self::Conflict { reason } => Reason::stated(reason),
            Self::Rejected { reason } => reason.clone(),
            Self::Aborted { by } => Reason::Aborted { by: by.clone() },
        }
    }

    pub(super) fn rewritten(self, rewrite: &dyn Rewrite) -> Self {
        match self {
            Self::Failed { reason } => Self::Failed { reason: rewrite.text(reason) },
            Self::Aborted { by } => Self::Aborted { by: rewrite.requester(by) },
            Self::Conflict { reason } => Self::Conflict { reason: rewrite.text(reason) },
            Self::Rejected { reason } => Self::Rejected { reason: reason.rewritten(rewrite) },
        }
    }
}
