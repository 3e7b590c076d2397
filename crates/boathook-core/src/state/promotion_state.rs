//! The state of a promotion. It is recorded after the outcome, and does not change it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    deployment::{Actor, DeploymentId, Promotion},
    record::{PromotionEvent, PromotionWait, Reason, as_text},
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
    /// Who had it sent early, if someone did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hurry: Option<Hurry>,
}

/// An operator's order to send a promotion although its digest is not proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hurry {
    pub by: Actor,
    /// Whether it is past what the next environment requires too, and not only past the promotion's
    /// own `soak`.
    pub overrides: bool,
}

/// The result of a promotion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "promotion", rename_all = "snake_case")]
pub enum PromotionOutcome {
    /// It is not sent before its digest is proven.
    AwaitsProof {
        wait: PromotionWait,
        /// Since when it waits for that.
        since: Timestamp,
    },
    /// It may be sent, and there is no answer yet.
    Waiting {
        /// Why the last try failed; none before it.
        #[serde(with = "as_text::if_any")]
        reason: Option<Reason>,
        /// Since when it may be sent, if that is not the end of its deployment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Timestamp>,
    },
    /// The next environment accepted it.
    Promoted {
        /// The deployment there, where the answer named it.
        deployment: Option<DeploymentId>,
        /// Its `status_url`.
        status_url: String,
    },
    /// It will not be sent.
    NotPromoted {
        #[serde(with = "as_text")]
        reason: Reason,
    },
}

impl PromotionState {
    /// A promotion that has not been sent.
    #[must_use]
    pub const fn new(promotion: Promotion) -> Self {
        let answer = PromotionOutcome::Waiting { reason: None, since: None };
        Self { promotion, answer, hurry: None }
    }

    /// Whether there is no final answer yet.
    #[must_use]
    pub const fn waits(&self) -> bool {
        matches!(
            self.answer,
            PromotionOutcome::AwaitsProof { .. } | PromotionOutcome::Waiting { .. }
        )
    }

    /// What it waits for before it is sent.
    #[must_use]
    pub const fn awaits(&self) -> Option<&PromotionWait> {
        match &self.answer {
            PromotionOutcome::AwaitsProof { wait, since: _ } => Some(wait),
            PromotionOutcome::Waiting { .. }
            | PromotionOutcome::Promoted { .. }
            | PromotionOutcome::NotPromoted { .. } => None,
        }
    }

    /// The promotion after one more event. Nothing follows on a final answer, and only what waits for
    /// proof can be hurried.
    pub(super) fn apply(self, at: Timestamp, event: &PromotionEvent) -> Result<Self, IllegalEvent> {
        let illegal = IllegalEvent::new(event.into(), self.answer.name());
        if !self.waits() {
            return Err(illegal);
        }
        let hurried = |by: &Actor, overrides| {
            let hurry = Some(Hurry { by: by.clone(), overrides });
            let answer = PromotionOutcome::Waiting { reason: None, since: Some(at) };
            Self { answer, hurry, ..self.clone() }
        };
        let answer = match event {
            PromotionEvent::PromotionHurried { to: _, by } => {
                return self.awaits().map(|_| hurried(by, false)).ok_or(illegal);
            }
            PromotionEvent::PromotionOverridden { to: _, by } => {
                return self.awaits().map(|_| hurried(by, true)).ok_or(illegal);
            }
            PromotionEvent::PromotionWaits { to: _, wait } => PromotionOutcome::AwaitsProof {
                wait: wait.clone(),
                since: self.lacks_success_since().unwrap_or(at),
            },
            PromotionEvent::PromotionDelayed { to: _, reason } => {
                let since = self.sent_since().unwrap_or(at);
                PromotionOutcome::Waiting { reason: Some(reason.clone()), since: Some(since) }
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
            PromotionEvent::PromotionCancelled { to: _, by } => {
                PromotionOutcome::NotPromoted { reason: Reason::Cancelled { by: by.clone() } }
            }
        };
        Ok(Self { answer, ..self })
    }

    /// Since when it waits for a success that nothing under way brings: another place that lacks one
    /// is no new wait.
    #[must_use]
    pub fn lacks_success_since(&self) -> Option<Timestamp> {
        if let PromotionOutcome::AwaitsProof { wait, since } = &self.answer
            && wait.may_last_for_ever()
        {
            return Some(*since);
        }
        None
    }

    const fn sent_since(&self) -> Option<Timestamp> {
        if let PromotionOutcome::Waiting { reason: _, since } = &self.answer {
            *since
        } else {
            None
        }
    }
}

impl fmt::Display for PromotionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let to = self.promotion.to;
        match &self.answer {
            PromotionOutcome::AwaitsProof { wait, since: _ } => write!(f, "to {to}, waits: {wait}"),
            PromotionOutcome::Waiting { reason: None, .. } => {
                write!(f, "to {to}, not answered yet")
            }
            PromotionOutcome::Waiting { reason: Some(reason), .. } => {
                write!(f, "to {to}, tried again: {reason}")
            }
            PromotionOutcome::Promoted { deployment: Some(id), status_url } => {
                write!(f, "promoted to {to} as {id}, {status_url}")
            }
            PromotionOutcome::Promoted { deployment: None, status_url } => {
                write!(f, "promoted to {to}, {status_url}")
            }
            PromotionOutcome::NotPromoted { reason } => write!(f, "not promoted to {to}: {reason}"),
        }?;
        self.hurry.iter().try_for_each(|Hurry { by, overrides }| {
            let how = if *overrides { "overridden" } else { "hurried" };
            write!(f, "; {how} by {}", by.with_reason())
        })
    }
}

impl PromotionOutcome {
    const fn name(&self) -> &'static str {
        match self {
            Self::AwaitsProof { .. } => "waiting for proof",
            Self::Waiting { .. } => "waiting to be promoted",
            Self::Promoted { .. } => "promoted",
            Self::NotPromoted { .. } => "not promoted",
        }
    }
}
