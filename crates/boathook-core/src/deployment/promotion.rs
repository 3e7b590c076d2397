//! The promotion of a success to the next environment.

use serde::{Deserialize, Serialize};

use crate::deployment::{Environment, Namespace, ServiceName};

/// The request to the next environment, decided before the first change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promotion {
    pub to: Environment,
    /// The namespace of its service.
    pub namespace: Namespace,
    pub service_name: ServiceName,
    /// Whether it waits there for an operator's approval.
    pub approval: bool,
}
