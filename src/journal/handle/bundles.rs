//! The bundles of manifests that requests brought, and which one a deployment was made from.

use boathook_core::{
    deployment::{BundleDigest, DeployRequest, DeploymentId, Environment, ServiceKey},
    rollout::ManifestSource,
};

use crate::journal::{Journal, PackedBundle, StoreError};

impl Journal {
    /// The bundles that are kept beside the journal.
    pub async fn bundles_beside(&self) -> Result<Vec<BundleDigest>, StoreError> {
        self.read(|store| store.bundles_beside()).await
    }

    /// A bundle; none if it was pruned, or never recorded.
    pub async fn bundle(&self, digest: &BundleDigest) -> Result<Option<PackedBundle>, StoreError> {
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

    /// The bundle that a request would be deployed with: its own, or, in an environment that
    /// `takes_bundles`, the one of the last success. None for the node's folder.
    pub async fn bundle_for(
        &self,
        request: &DeployRequest,
        takes_bundles: bool,
    ) -> Result<Option<BundleDigest>, StoreError> {
        match &request.manifests {
            Some(named) => Ok(Some(named.bundle().clone())),
            None if takes_bundles => {
                let serves =
                    self.manifests_that_serve(request.environment, &request.service()).await?;
                Ok(serves.and_then(|source| source.bundle().cloned()))
            }
            None => Ok(None),
        }
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
