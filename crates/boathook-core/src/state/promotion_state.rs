//! The state of a promotion. It is recorded after the outcome, and does not change it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    deployment::{DeploymentId, Promotion},
    record::PromotionEvent,
    state::IllegalEvent,
};

/// A deployment's promotion, and its result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromotionState {
    /// The request to the next environment.
    #[serde(flatten)]
    pub promotion: Promotion,
    #[serde(flatten)]
    pub answer: PromotionOutcome,
}

/// The result of a promotion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "promotion", rename_all = "snake_case")]
pub enum PromotionOutcome {
    /// There is no answer yet.
    Waiting {
        /// Why the last try failed; none before it.
        reason: Option<String>,
    },
    /// The next environment accepted it.
    Promoted {
        /// The deployment there, where the answer named it.
        deployment: Option<DeploymentId>,
        /// Its `status_url`.
        status_url: String,
    },
    /// It will not be sent.
    NotPromoted { reason: String },
}

impl PromotionState {
    /// A promotion that has not been sent.
    #[must_use]
    pub const fn new(promotion: Promotion) -> Self {
        Self { promotion, answer: PromotionOutcome::Waiting { reason: None } }
    }

    /// Whether there is no final answer yet.
    #[must_use]
    pub const fn waits(&self) -> bool {
        matches!(self.answer, PromotionOutcome::Waiting { .. })
    }

    /// The promotion after one more event. Nothing follows on a final answer.
    pub(super) fn apply(self, event: &PromotionEvent) -> Result<Self, IllegalEvent> {
        if !self.waits() {
            return Err(IllegalEvent { event: event.into(), state: self.answer.name() });
        }
        let answer = match event {
            PromotionEvent::PromotionDelayed { to: _, reason } => {
                PromotionOutcome::Waiting { reason: Some(reason.clone()) }
            }
            PromotionEvent::Promoted { to: _, deployment, status_url } => {
                PromotionOutcome::Promoted {
                    deployment: deployment.clone(),
                    status_url: status_url.clone(),
                }
            }
            PromotionEvent::NotPromoted { to: _, reason } => {
                PromotionOutcome::NotPromoted { reason: reason.clone() }
            }
        };
        Ok(Self { answer, ..self })
    }
}

impl fmt::Display for PromotionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let to = self.promotion.to;
        match &self.answer {
            PromotionOutcome::Waiting { reason: None } => write!(f, "to {to}, not answered yet"),
            PromotionOutcome::Waiting { reason: Some(reason) } => {
                write!(f, "to {to}, tried again: {reason}")
            }
            PromotionOutcome::Promoted { deployment: Some(id), status_url } => {
                write!(f, "promoted to {to} as {id}, {status_url}")
            }
            PromotionOutcome::Promoted { deployment: None, status_url } => {
                write!(f, "promoted to {to}, {status_url}")
            }
            PromotionOutcome::NotPromoted { reason } => write!(f, "not promoted to {to}: {reason}"),
        }
    }
}

impl PromotionOutcome {
    const fn name(&self) -> &'static str {
        match self {
            Self::Waiting { .. } => "waiting to be promoted",
            Self::Promoted { .. } => "promoted",
            Self::NotPromoted { .. } => "not promoted",
        }
    }
}
