//! Why a deployment waits, rolls back or has ended, as data. It becomes text in `reason_words`
//! alone, so no reader has to parse text to find what it must hide.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    deployment::{Actor, DeploymentId, Requester},
    proof::Withdrawal,
    record::{Held, Rewrite, Status, older_text, rewrite::UNDISCLOSED},
};

/// One reason; `because` is the one that it adds to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reason {
    /// The words of a step, a program or the cluster; untrusted wherever they are shown.
    Stated {
        words: String,
    },
    /// Words that may name an operator or repeat a note, and what everyone else reads.
    Private {
        words: String,
        public: String,
    },
    /// Its digest was withdrawn.
    Withdrawn {
        withdrawal: Arc<Withdrawal>,
    },
    /// An operator cancelled the promotion.
    Cancelled {
        by: Actor,
    },
    Aborted {
        by: Requester,
    },
    AbortedBeforeStart {
        by: Requester,
    },
    /// An operator refused it. User and note are an answer to the sender.
    RejectedBy {
        #[serde(flatten)]
        by: Actor,
    },
    ApprovalExpired {
        until: Timestamp,
    },
    /// Its environment's deployment windows are closed.
    AwaitsWindow {
        opens_at: Timestamp,
        /// What holds it besides.
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            deserialize_with = "older_text::or_text_if_any"
        )]
        held: Option<Held>,
    },
    /// It needs the approvals of several users. Who gave theirs is an answer to the sender.
    NeedsApprovals {
        given: Vec<String>,
        needed: u32,
    },
    Superseded {
        by: DeploymentId,
    },
    /// It ended before it changed the service.
    ServiceUnchanged {
        because: Box<Reason>,
    },
    NothingToRollBackTo {
        because: Box<Reason>,
    },
    RollbackFailed {
        because: Box<Reason>,
        failures: u32,
        error: String,
    },
    /// It was rolled back, and it is not known whether the service answers.
    Unconfirmed {
        because: Box<Reason>,
        unknown: String,
    },
    /// Objects beside the service may not be as they were; the service itself is.
    ObjectsLeft {
        because: Box<Reason>,
        left: String,
    },
    /// Someone else changed the service during the rollback.
    RollbackConflict {
        because: Box<Reason>,
        found: String,
    },
    /// After a failed rollback someone else took over.
    Abandoned {
        because: Box<Reason>,
        by: Requester,
    },
    /// In the queue, behind a deployment of the same service.
    WaitsFor {
        deployment: DeploymentId,
        /// How long it has waited.
        waited: Duration,
        status: Status,
        because: Option<Box<Reason>>,
    },
    /// In the queue, while deployments of other services use all workers.
    WaitsForTurn {
        running: usize,
        waited: Duration,
    },
    /// A whole sentence, as format 7 of the journal stored it. Whether it names a user shows only
    /// in its text.
    Sentence {
        text: String,
    },
}

impl Reason {
    #[must_use]
    pub fn stated(words: impl Into<String>) -> Self {
        Self::Stated { words: words.into() }
    }

    /// Words that may name an operator, of which nobody else reads more than `public`.
    #[must_use]
    pub fn private(words: impl Into<String>, public: impl Into<String>) -> Self {
        let words = words.into();
        let public = public.into();
        if words == public { Self::Stated { words } } else { Self::Private { words, public } }
    }

    /// Text of an older program or of another boathook, which nobody but operators reads.
    #[must_use]
    pub fn undisclosed(words: impl Into<String>) -> Self {
        Self::private(words, UNDISCLOSED)
    }

    /// The reason with everything changed that came from outside.
    #[must_use]
    pub fn rewritten(self, rewrite: &dyn Rewrite) -> Self {
        let text = |text| rewrite.text(text);
        let inner = |because: Box<Self>| Box::new(because.rewritten(rewrite));
        match self {
            Self::Stated { words } => Self::Stated { words: text(words) },
            Self::Private { words, public } => match rewrite.private(words) {
                Some(words) => Self::Private { words, public: text(public) },
                None => Self::Stated { words: text(public) },
            },
            Self::Withdrawn { withdrawal } => {
                let withdrawal = rewrite.withdrawal(Arc::unwrap_or_clone(withdrawal));
                Self::Withdrawn { withdrawal: Arc::new(withdrawal) }
            }
            Self::Cancelled { by } => Self::Cancelled { by: rewrite.actor(by) },
            Self::Aborted { by } => Self::Aborted { by: rewrite.requester(by) },
            Self::AbortedBeforeStart { by } => {
                Self::AbortedBeforeStart { by: rewrite.requester(by) }
            }
            Self::RejectedBy { by } => Self::RejectedBy { by: by.map_note(text) },
            Self::ServiceUnchanged { because } => {
                Self::ServiceUnchanged { because: inner(because) }
            }
            Self::NothingToRollBackTo { because } => {
                Self::NothingToRollBackTo { because: inner(because) }
            }
            Self::RollbackFailed { because, failures, error } => {
                Self::RollbackFailed { because: inner(because), failures, error: text(error) }
            }
            Self::Unconfirmed { because, unknown } => {
                Self::Unconfirmed { because: inner(because), unknown: text(unknown) }
            }
            Self::ObjectsLeft { because, left } => {
                Self::ObjectsLeft { because: inner(because), left: text(left) }
            }
            Self::RollbackConflict { because, found } => {
                Self::RollbackConflict { because: inner(because), found: text(found) }
            }
            Self::Abandoned { because, by } => {
                Self::Abandoned { because: inner(because), by: rewrite.requester(by) }
            }
            Self::WaitsFor { deployment, waited, status, because } => {
                Self::WaitsFor { deployment, waited, status, because: because.map(inner) }
            }
            Self::AwaitsWindow { opens_at, held } => {
                Self::AwaitsWindow { opens_at, held: held.map(|held| held.rewritten(rewrite)) }
            }
            Self::Sentence { text } => Self::Sentence { text: rewrite.sentence(text) },
            Self::ApprovalExpired { .. }
            | Self::NeedsApprovals { .. }
            | Self::Superseded { .. }
            | Self::WaitsForTurn { .. } => self,
        }
    }
}
