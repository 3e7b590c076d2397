//! What can happen to a deployment. The journal's events are authoritative; everything that is
//! shown is derived from them.

use std::sync::Arc;

use boathook_core::{
    deployment::{Actor, DeploymentId, Environment, Requester},
    rollout::{Action, Observation, Plan},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::journal::{Acceptance, Lock, Outcome, Reason, record::format_7};

/// One event of one deployment, as the journal holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Position in the whole journal, rising.
    pub sequence: u64,
    /// The deployment, or the lock.
    pub deployment: DeploymentId,
    /// When it was recorded.
    pub at: Timestamp,
    pub event: Event,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// A verified request was accepted.
    Accepted(Arc<Acceptance>),
    /// An operator approved it.
    Approved {
        by: String,
        /// Their note.
        note: Option<String>,
    },
    /// An operator rejected it.
    Rejected { by: String, note: String },
    /// Nobody approved or rejected it in time.
    ApprovalExpired,
    /// A worker started it.
    Started,
    /// boathook read the cluster and decided every step.
    Planned {
        /// The steps, and those of the rollback.
        plan: Arc<Plan>,
    },
    /// The next step of the current list begins.
    StepStarted {
        /// The step's name, for readers.
        step: String,
    },
    /// A step is under way and learned this.
    StepLearned { finding: Observation },
    /// The step ended well.
    StepEnded {
        /// What it learned at the end.
        findings: Vec<Observation>,
    },
    /// The step, or the planning, failed.
    StepFailed {
        /// How, and why.
        failure: Failure,
    },
    /// A rollback step failed: an operator is needed, and the rollback is tried again from its
    /// first step.
    RollbackFailed {
        /// The cluster's or the program's own words, with ours around them.
        reason: String,
    },
    /// A program is about to run.
    CommandStarted {
        /// Counts the programs of this deployment from 1.
        command: u32,
        argv: Vec<String>,
    },
    CommandEnded {
        /// The number that it started with.
        command: u32,
        /// How it ended, such as `exit code 1`.
        exit: String,
        /// How long it ran.
        duration_ms: u64,
        /// The end of its standard output; untrusted wherever it is shown.
        stdout: String,
        /// The end of its standard error; untrusted wherever it is shown.
        stderr: String,
    },
    /// An operator steered it.
    Steered {
        action: Action,
        #[serde(deserialize_with = "format_7::or_text")]
        by: Requester,
    },
    /// A newer request for the same service took its place before it began.
    Superseded { by: DeploymentId },
    /// The record is closed.
    Ended {
        end: Outcome,
        /// Why, if there is a reason.
        #[serde(default, deserialize_with = "format_7::or_text_if_any")]
        reason: Option<Reason>,
    },
    /// Its old records were pruned, except the acceptance; this one replaces the rest.
    Pruned {
        /// How it had ended.
        end: Outcome,
        #[serde(default, deserialize_with = "format_7::or_text_if_any")]
        reason: Option<Reason>,
    },
    /// A lock was set. It belongs to no deployment: the record is the lock's own.
    Locked(Arc<Lock>),
    /// Someone ended that lock. It belongs to no deployment either.
    Unlocked {
        #[serde(deserialize_with = "format_7::or_text")]
        by: Actor,
        lock: Arc<Lock>,
    },
    /// The next environment has not answered yet; boathook retries. Like every event of a
    /// promotion, this comes after the outcome.
    PromotionDelayed {
        to: Environment,
        /// Why there is no answer.
        reason: String,
    },
    /// The next environment accepted the promotion.
    Promoted {
        to: Environment,
        /// The deployment there, where the answer named it; format 7 called it `job`.
        #[serde(alias = "job")]
        deployment: Option<DeploymentId>,
        /// Its `status_url`; anyone who has it may read that deployment.
        status_url: String,
    },
    /// The promotion ended without success.
    NotPromoted { to: Environment, reason: String },
}

impl Event {
    /// Whether it is about the promotion of a success. Only such events come after the outcome.
    #[must_use]
    pub const fn is_of_promotion(&self) -> bool {
        matches!(
            self,
            Self::PromotionDelayed { .. } | Self::Promoted { .. } | Self::NotPromoted { .. }
        )
    }

    /// Its name in the journal.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Accepted(_) => "accepted",
            Self::Approved { .. } => "approved",
            Self::Rejected { .. } => "rejected",
            Self::ApprovalExpired => "approval_expired",
            Self::Started => "started",
            Self::Planned { .. } => "planned",
            Self::StepStarted { .. } => "step_started",
            Self::StepLearned { .. } => "step_learned",
            Self::StepEnded { .. } => "step_ended",
            Self::StepFailed { .. } => "step_failed",
            Self::RollbackFailed { .. } => "rollback_failed",
            Self::CommandStarted { .. } => "command_started",
            Self::CommandEnded { .. } => "command_ended",
            Self::Steered { .. } => "steered",
            Self::Superseded { .. } => "superseded",
            Self::Ended { .. } => "ended",
            Self::Pruned { .. } => "pruned",
            Self::Locked(_) => "locked",
            Self::Unlocked { .. } => "unlocked",
            Self::PromotionDelayed { .. } => "promotion_delayed",
            Self::Promoted { .. } => "promoted",
            Self::NotPromoted { .. } => "not_promoted",
        }
    }
}

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
        #[serde(alias = "reason", deserialize_with = "format_7::or_text")]
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
        reason: String,
    },
}

impl Failure {
    /// Why.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::Failed { reason } | Self::Conflict { reason } | Self::Rejected { reason } => {
                Reason::stated(reason)
            }
            Self::Aborted { by } => Reason::Aborted { by: by.clone() },
        }
    }
}
