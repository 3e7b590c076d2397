//! What is on its way to a service: a deployment that waits or runs, and a promotion that the
//! service's environment has not taken yet.

use boathook_core::{
    deployment::{DeploymentId, Environment, ImageRef},
    record::{Reason, Status},
    state::{Deployment, PromotionOutcome, PromotionState, State},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::journal::Success;

/// One image that is on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coming {
    /// The deployment; of a promotion that is not taken yet, the success that sends it.
    pub deployment: DeploymentId,
    /// Where the success is that sends it, if it is not taken yet.
    pub from: Option<Environment>,
    /// The deployment's status; none if it is not taken yet.
    pub status: Option<Status>,
    /// Whether an operator paused it.
    pub paused: bool,
    /// By digest, where that is known.
    pub image: ImageRef,
    /// What it waits for, or why it rolls back.
    pub why: Option<String>,
    /// The moment with which `why` ends.
    pub until: Option<Timestamp>,
}

impl Coming {
    /// A deployment that has not ended; `held_up` is what it waits for in the queue.
    #[must_use]
    pub fn deployment(id: &DeploymentId, deployment: &Deployment, held_up: Option<Reason>) -> Self {
        let state = &deployment.state;
        let learned = state.findings().and_then(|findings| findings.image.as_ref());
        let (why, until) = match state {
            State::AwaitingApproval { until, missing } => (Some(needs(*missing)), Some(*until)),
            State::AwaitingWindow { opens_at, held: None } => (
                Some("waits for the deployment window, which opens at".to_owned()),
                Some(*opens_at),
            ),
            State::AwaitingWindow { opens_at: _, held: Some(held) } => {
                (Some(format!("is held: {held}")), None)
            }
            State::Queued => (held_up.map(|reason| reason.to_string()), None),
            State::Planning(_)
            | State::Deploying(_)
            | State::RollingBack(..)
            | State::Closing(_)
            | State::Ended(_) => (deployment.reason().map(|reason| reason.to_string()), None),
        };
        Self {
            deployment: id.clone(),
            from: None,
            status: Some(state.status()),
            paused: state.is_paused(),
            image: learned.unwrap_or(&deployment.acceptance.request.image).clone(),
            why,
            until,
        }
    }

    /// A promotion that a success still has to send; none if it has its answer.
    #[must_use]
    pub fn promotion(
        id: &DeploymentId,
        deployment: &Deployment,
        promotion: &PromotionState,
        now: Timestamp,
    ) -> Option<Self> {
        let (why, until) = match &promotion.answer {
            PromotionOutcome::AwaitsProof { wait, since: _ } => {
                let due = wait.due();
                let end = if due.is_some() { ", due" } else { "" };
                (Some(format!("{}{end}", wait.words(now))), due)
            }
            PromotionOutcome::Waiting { reason, since: _ } => {
                (reason.as_ref().map(ToString::to_string), None)
            }
            PromotionOutcome::Promoted { .. } | PromotionOutcome::NotPromoted { .. } => {
                return None;
            }
        };
        Some(Self {
            deployment: id.clone(),
            from: Some(deployment.acceptance.request.environment),
            status: None,
            paused: false,
            image: Success::of(id, deployment)?.image,
            why,
            until,
        })
    }

    /// What of it a list shows as its status.
    #[must_use]
    pub fn status_words(&self) -> String {
        match (self.status, self.from) {
            (Some(status), _) => crate::journal::status_words(status, self.paused),
            (None, Some(from)) => format!("promoted from {from}"),
            (None, None) => String::new(),
        }
    }
}

fn needs(missing: u32) -> String {
    match missing {
        1 => "needs an approval before".to_owned(),
        several => format!("needs {several} approvals before"),
    }
}
