//! What happens to the promotion of a success. It comes after the outcome.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use strum::{IntoStaticStr, VariantNames};

use crate::{
    deployment::{Actor, DeploymentId, Environment},
    record::{PromotionWait, Reason, Rewrite, older_reason, stored_actor},
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, IntoStaticStr, VariantNames)]
#[serde(tag = "type", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum PromotionEvent {
    /// It is not sent before the digest is proven.
    PromotionWaits { to: Environment, wait: PromotionWait },
    /// An operator has it sent although its own `soak` is not over, or the waves before it are not.
    PromotionHurried {
        to: Environment,
        #[serde(flatten, with = "stored_actor")]
        by: Actor,
    },
    /// An operator has it sent although the next environment requires proof that the digest lacks.
    PromotionOverridden {
        to: Environment,
        /// Who; the note is the reason.
        #[serde(flatten, with = "stored_actor")]
        by: Actor,
    },
    /// The next environment has not answered yet; boathook retries.
    PromotionDelayed {
        to: Environment,
        /// Why there is no answer.
        #[serde(deserialize_with = "older_reason::or_undisclosed")]
        reason: Reason,
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
    NotPromoted {
        to: Environment,
        #[serde(deserialize_with = "older_reason::or_undisclosed")]
        reason: Reason,
    },
    /// An operator ended it.
    PromotionCancelled {
        to: Environment,
        #[serde(flatten, with = "stored_actor")]
        by: Actor,
    },
}

impl PromotionEvent {
    /// Where the promotion goes.
    #[must_use]
    pub const fn to(&self) -> Environment {
        match self {
            Self::PromotionWaits { to, .. }
            | Self::PromotionHurried { to, .. }
            | Self::PromotionOverridden { to, .. }
            | Self::PromotionDelayed { to, .. }
            | Self::Promoted { to, .. }
            | Self::NotPromoted { to, .. }
            | Self::PromotionCancelled { to, .. } => *to,
        }
    }

    pub(super) fn rewritten(self, rewrite: &dyn Rewrite) -> Self {
        match self {
            Self::PromotionHurried { to, by } => {
                Self::PromotionHurried { to, by: rewrite.actor(by) }
            }
            Self::PromotionOverridden { to, by } => {
                Self::PromotionOverridden { to, by: rewrite.actor(by) }
            }
            Self::PromotionCancelled { to, by } => {
                Self::PromotionCancelled { to, by: rewrite.actor(by) }
            }
            Self::PromotionDelayed { to, reason } => {
                Self::PromotionDelayed { to, reason: reason.rewritten(rewrite) }
            }
            Self::NotPromoted { to, reason } => {
                Self::NotPromoted { to, reason: reason.rewritten(rewrite) }
            }
            Self::PromotionWaits { .. } | Self::Promoted { .. } => self,
        }
    }

    /// For senders, once it is without users.
    pub(super) fn shown(&self) -> Value {
        match self {
            Self::PromotionWaits { to, wait } => {
                json!({"to": to, "reason": wait.to_string(), "due": wait.due()})
            }
            Self::PromotionHurried { to, by }
            | Self::PromotionOverridden { to, by }
            | Self::PromotionCancelled { to, by } => {
                json!({"to": to, "by": by.user, "note": by.note})
            }
            Self::PromotionDelayed { to, reason } | Self::NotPromoted { to, reason } => {
                json!({"to": to, "reason": reason.to_string()})
            }
            Self::Promoted { to, deployment, status_url } => {
                json!({"to": to, "deployment": deployment, "status_url": status_url})
            }
        }
    }
}
