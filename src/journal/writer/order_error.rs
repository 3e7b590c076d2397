//! Why an operator's order is not accepted.

use boathook_core::deployment::{Environment, ServiceKey};
use serde::{Deserialize, Serialize};

use crate::journal::{AcceptError, StoreError};

/// Why an order was not accepted; nothing was recorded. It travels through the inbox, as a request's
/// refusal does.
#[derive(Debug, Clone, thiserror::Error, Serialize, Deserialize)]
pub(in crate::journal) enum OrderError {
    /// It was worked out from another success than the last one.
    #[error("another deployment of {service} to {environment} has succeeded meanwhile")]
    Changed { environment: Environment, service: ServiceKey },
    /// As any request may be refused.
    #[error(transparent)]
    Accept(#[from] AcceptError),
}

impl From<StoreError> for OrderError {
    fn from(error: StoreError) -> Self {
        Self::Accept(error.into())
    }
}
