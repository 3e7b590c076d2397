//! This process among the boathooks on one record.

use crate::journal::{NodeName, StoreError, store::postgres::session::application_name};

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
        let mut random = [0; 16];
        getrandom::fill(&mut random)
            .map_err(|error| StoreError::failed("draw a random name", error))?;
        let instance = random.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { node, instance, session: application_name() })
    }
}
