//! Why a digest was not withdrawn or not reinstated.

use std::sync::Arc;

use boathook_core::{
    deployment::{DeploymentId, Digest},
    proof::Withdrawal,
};
use serde::{Deserialize, Serialize};

use crate::journal::StoreError;

/// A digest that was withdrawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    pub withdrawal: Arc<Withdrawal>,
    /// The promotions that waited and ended with it.
    pub ended: Vec<DeploymentId>,
}

/// Why a digest was not withdrawn or not reinstated; nothing was changed.
#[derive(Debug, Clone, thiserror::Error, Serialize, Deserialize)]
pub enum WithdrawalError {
    /// An operator withdrew it before.
    #[error("{0}; it is withdrawn already")]
    Already(Arc<Withdrawal>),
    /// It is not withdrawn.
    #[error("{0} is not withdrawn; see `boathook withdrawals`")]
    NotWithdrawn(Digest),
    /// The journal cannot be read or written.
    #[error(transparent)]
    #[serde(skip)]
    Store(#[from] StoreError),
}
