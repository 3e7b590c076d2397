//! Why a service was not released.

use boathook_core::deployment::{Environment, ServiceKey};
use serde::{Deserialize, Serialize};

use crate::journal::StoreError;

/// Why a service was not released; nothing was changed.
#[derive(Debug, Clone, thiserror::Error, Serialize, Deserialize)]
pub enum ReleaseError {
    #[error("{service} in {environment} is not held; see `boathook status`")]
    NotHeld { environment: Environment, service: ServiceKey },
    /// The journal cannot be read or written.
    #[error(transparent)]
    #[serde(skip)]
    Store(#[from] StoreError),
}
