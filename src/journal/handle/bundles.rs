//! The bundles of manifests that requests brought, and which one a deployment was made from.

use boathook_core::{
    deployment::{BundleDigest, DeploymentId, Environment, ServiceKey},
    rollout::ManifestSource,
};

use crate::journal::{Journal, StoreError};

impl Journal {
    /// A packed bundle; none if it was pruned, or never recorded.
    pub async fn bundle(&self, digest: &BundleDigest) -> Result<Option<Vec<u8>>, StoreError> {
        let digest = digest.clone();
        self.read(move |store| store.bundle(&digest)).await
    }

    /// Where the manifests of a deployment came from; none if it has no plan, or that of an older
    /// program.
    pub async fn manifests_of(
        &self,
        id: &DeploymentId,
    ) -> Result<Option<ManifestSource>, StoreError> {
        Ok(self.deployment(id).await?.and_then(|deployment| deployment.manifests))
    }

    /// Where the manifests of a service's last success came from.
    pub async fn manifests_that_serve(
        &self,
        environment: Environment,
        service: &ServiceKey,
    ) -> Result<Option<ManifestSource>, StoreError> {
        let Some(success) = self.last_success(environment, service).await? else { return Ok(None) };
        let source = self.manifests_of(&success.deployment).await?;
        Ok(source.map(|source| source.since(&success.deployment)))
    }
}
