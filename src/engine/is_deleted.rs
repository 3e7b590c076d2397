//! Whether a revision that served is still there.

use boathook_core::deployment::{Environment, RevisionName, ServiceKey};

use crate::{cluster::Cluster, engine::Engine};

impl Engine {
    /// Whether the cluster no longer has the revision; false if the cluster cannot be asked.
    pub async fn is_deleted(
        &self,
        environment: Environment,
        service: &ServiceKey,
        revision: &RevisionName,
    ) -> bool {
        let Some(settings) = (self.settings)(environment, service) else { return false };
        let cluster = Cluster::new(self.runner.clone(), (self.tools)(), settings.timeouts.clone());
        matches!(cluster.revision(&service.namespace, revision).await, Ok(None))
    }
}
