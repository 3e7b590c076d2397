//! The deployments on GitHub that boathook reports to.

use boathook_core::deployment::DeploymentId;

use crate::journal::{
    GitHubDeployment, StoreError, StoreReader,
    store::{columns::parsed, rows, statement::Statement, statements},
};

impl dyn StoreReader + '_ {
    /// The deployments on GitHub that are that deployment's, besides the one it came from.
    pub fn github_deployments(
        &self,
        id: &DeploymentId,
    ) -> Result<Vec<GitHubDeployment>, StoreError> {
        let statement = Statement::new(statements::GITHUB_DEPLOYMENTS, [id.as_str().into()]);
        self.all("look up deployments on GitHub", statement, rows::github_deployment)
    }

    /// One of them that has no status yet, with the deployment that it belongs to.
    pub fn unreported_github_deployment(
        &self,
    ) -> Result<Option<(DeploymentId, GitHubDeployment)>, StoreError> {
        let statement = Statement::new(statements::UNREPORTED_GITHUB_DEPLOYMENT, []);
        self.one("look up a deployment on GitHub without a status", statement, |row| {
            Ok((parsed(row, "deployment")?, rows::github_deployment(row)?))
        })
    }
}
