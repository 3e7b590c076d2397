//! This process among the boathooks on one record.

use crate::journal::{
    NodeName, StoreError,
    store::{new_name, postgres::session::application_name},
};

/// Who a process is, as the others know it.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Where it runs.
    pub(super) node: NodeName,
    /// Drawn at its start.
    pub(super) instance: String,
    /// What the server calls its sessions.
    pub(super) session: String,
}

impl Member {
    /// A process that has just started there.
    pub(super) fn new(node: NodeName) -> Result<Self, StoreError> {
        Ok(Self { node, instance: new_name()?, session: application_name() })
    }
}
