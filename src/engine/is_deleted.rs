//! Whether a revision that served is still there.

use std::sync::Arc;

use boathook_core::deployment::{Environment, RevisionName, ServiceKey};

use crate::engine::Engine;

impl Engine {
    /// Whether the cluster no longer has the revision; false if the cluster cannot be asked.
    pub async fn is_deleted(
        &self,
        environment: Environment,
        service: &ServiceKey,
        revision: &RevisionName,
    ) -> bool {
        let configuration = self.configuration.get();
        let Some(settings) = (configuration.settings)(environment, service) else { return false };
        let tools = Arc::clone(&configuration.tools);
        let cluster = self.cluster(tools, &settings.timeouts);
        matches!(cluster.revision(&service.namespace, revision).await, Ok(None))
    }
}
