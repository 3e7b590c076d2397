//! What happens to a withdrawal. Senders learn of one where it refuses them, not from its records.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

use crate::{
    deployment::{Actor, DeploymentId},
    proof::Withdrawal,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, IntoStaticStr, VariantNames)]
#[serde(tag = "type", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum WithdrawalEvent {
    /// A digest was withdrawn.
    Withdrawn(Arc<Withdrawal>),
    /// It counts again where it succeeded.
    Reinstated { by: ReinstatedBy, withdrawal: Arc<Withdrawal> },
}

/// Who or what ended a withdrawal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReinstatedBy {
    /// The note says why.
    Operator(Actor),
    /// The deployment that succeeded where the digest had failed.
    Success(DeploymentId),
}

impl fmt::Display for ReinstatedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator(by) => by.fmt(f),
            Self::Success(deployment) => write!(f, "{deployment}, which succeeded"),
        }
    }
}
