//! Which deployment on GitHub belongs to which deployment, and which success another one replaced
//! there.

use boathook_core::deployment::{DeploymentId, Environment, ServiceKey};

use crate::journal::{GitHubDeployment, Journal, StoreError};

impl Journal {
    /// The deployment on GitHub that was made for that deployment, if one was.
    pub async fn github_deployment(
        &self,
        id: &DeploymentId,
    ) -> Result<Option<GitHubDeployment>, StoreError> {
        let id = id.clone();
        self.read(move |store| store.github_deployment(&id)).await
    }

    /// Remembers the deployment on GitHub; returns when that is on disk.
    pub async fn keep_github_deployment(
        &self,
        id: &DeploymentId,
        on_github: GitHubDeployment,
    ) -> Result<(), StoreError> {
        let id = id.clone();
        // It belongs to no record, so it does not wait for the writer's next commit.
        self.read(move |store| store.keep_github_deployment(&id, &on_github)).await
    }

    /// The success that served until that one did.
    pub async fn replaced_success(
        &self,
        environment: Environment,
        service: &ServiceKey,
        by: &DeploymentId,
    ) -> Result<Option<DeploymentId>, StoreError> {
        let (service, by) = (service.clone(), by.clone());
        self.read(move |store| store.replaced_success(environment, &service, &by)).await
    }
}
