//! Which deployments on GitHub belong to which deployment, and which success another one replaced
//! there.

use boathook_core::deployment::{DeploymentId, Environment, ServiceKey};

use crate::journal::{
    GitHubDeployment, Journal, StoreError,
    writer::commands::{KeepError, KeepGitHubDeployment},
};

impl Journal {
    /// The deployments on GitHub that were made for that deployment, or repeat its request.
    pub async fn github_deployments(
        &self,
        id: &DeploymentId,
    ) -> Result<Vec<GitHubDeployment>, StoreError> {
        let id = id.clone();
        self.read(move |store| store.github_deployments(&id)).await
    }

    /// Remembers the deployment on GitHub that was made for that one; returns when that is on disk.
    pub async fn keep_github_deployment(
        &self,
        id: &DeploymentId,
        on_github: GitHubDeployment,
    ) -> Result<(), StoreError> {
        self.keep_on_github(id, on_github, true).await
    }

    /// Remembers a deployment on GitHub that repeats the request of that one, and has no status yet;
    /// returns when that is on disk.
    pub async fn keep_github_repeat(
        &self,
        id: &DeploymentId,
        on_github: GitHubDeployment,
    ) -> Result<(), StoreError> {
        self.keep_on_github(id, on_github, false).await?;
        self.shared.repeats.notify_one();
        Ok(())
    }

    async fn keep_on_github(
        &self,
        id: &DeploymentId,
        on_github: GitHubDeployment,
        is_reported: bool,
    ) -> Result<(), StoreError> {
        let id = id.clone();
        if !self.leads() {
            let keep = KeepGitHubDeployment { id, on_github, is_reported };
            return self.write(keep).await.map_err(|KeepError::Store(error)| error);
        }
        // It belongs to no record, so it does not wait for the writer's next commit.
        self.use_store(move |store| store.keep_github_deployment(&id, &on_github, is_reported))
            .await
    }

    /// Returns once a repeat came; may be dropped at any time. It is for one waiter.
    pub async fn github_repeat_kept(&self) {
        self.shared.repeats.notified().await;
    }

    /// A repeat that has no status yet, with the deployment whose request it repeats.
    pub async fn unreported_github_deployment(
        &self,
    ) -> Result<Option<(DeploymentId, GitHubDeployment)>, StoreError> {
        self.read(|store| store.unreported_github_deployment()).await
    }

    /// Remembers that a deployment on GitHub has a status; returns when that is on disk.
    pub async fn note_reported(&self, on_github: GitHubDeployment) -> Result<(), StoreError> {
        self.use_store(move |store| store.note_reported(&on_github)).await
    }

    /// The first success of the service after that one.
    pub async fn replacing_success(
        &self,
        environment: Environment,
        service: &ServiceKey,
        of: &DeploymentId,
    ) -> Result<Option<DeploymentId>, StoreError> {
        let service = service.clone();
        let of = of.clone();
        self.read(move |store| store.replacing_success(environment, &service, &of)).await
    }

    /// The success that served until that one did.
    pub async fn replaced_success(
        &self,
        environment: Environment,
        service: &ServiceKey,
        by: &DeploymentId,
    ) -> Result<Option<DeploymentId>, StoreError> {
        let service = service.clone();
        let by = by.clone();
        self.read(move |store| store.replaced_success(environment, &service, &by)).await
    }
}
