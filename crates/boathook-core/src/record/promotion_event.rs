//! What happens to the promotion of a success. It comes after the outcome.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use strum::{IntoStaticStr, VariantNames};

use crate::deployment::{DeploymentId, Environment};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, IntoStaticStr, VariantNames)]
#[serde(tag = "type", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum PromotionEvent {
    /// The next environment has not answered yet; boathook retries.
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

impl PromotionEvent {
    /// Where the promotion goes.
    #[must_use]
    pub const fn to(&self) -> Environment {
        match self {
            Self::PromotionDelayed { to, .. }
            | Self::Promoted { to, .. }
            | Self::NotPromoted { to, .. } => *to,
        }
    }

    /// For senders.
    pub(super) fn shown(&self) -> Value {
        match self {
            Self::PromotionDelayed { to, reason } | Self::NotPromoted { to, reason } => {
                json!({"to": to, "reason": reason})
            }
            Self::Promoted { to, deployment, status_url } => {
                json!({"to": to, "deployment": deployment, "status_url": status_url})
            }
        }
    }
}
