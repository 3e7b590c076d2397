//! What is written beside batches: it changes nothing that a batch rests on.

use boathook_core::deployment::DeploymentId;

use crate::journal::{
    GitHubDeployment, Store, StoreError,
    store::{statement::Statement, statements},
};

impl dyn Store + '_ {
    /// Keeps that a deployment on GitHub is that deployment's too, and returns when that is on disk.
    /// It may come beside a batch.
    pub fn keep_github_deployment(
        &self,
        id: &DeploymentId,
        on_github: &GitHubDeployment,
        is_reported: bool,
    ) -> Result<(), StoreError> {
        let statement = keep_github_deployment(id, on_github, is_reported);
        self.write_beside("keep the number of a deployment on GitHub", &statement)
    }

    /// Keeps that it has a status, in the same way.
    pub fn note_reported(&self, on_github: &GitHubDeployment) -> Result<(), StoreError> {
        let GitHubDeployment { repository, number } = on_github;
        let row = [repository.as_str().into(), (*number).into()];
        let statement = Statement::new(statements::REPORTED_GITHUB_DEPLOYMENT, row);
        self.write_beside("keep that a deployment on GitHub has a status", &statement)
    }
}

/// What keeps that a deployment on GitHub is that deployment's too.
pub(super) fn keep_github_deployment<'a>(
    id: &'a DeploymentId,
    on_github: &'a GitHubDeployment,
    is_reported: bool,
) -> Statement<'a> {
    let GitHubDeployment { repository, number } = on_github;
    let row =
        [id.as_str().into(), repository.as_str().into(), (*number).into(), is_reported.into()];
    Statement::new(statements::KEEP_GITHUB_DEPLOYMENT, row)
}
