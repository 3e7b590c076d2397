//! A deployment on GitHub that repeats a known request gets the status that the known deployment has
//! by then; the reporter reports whatever follows.

use boathook_core::{
    deployment::DeploymentId,
    record::WatchEnd,
    state::{Deployment, WatchProgress, WatchState},
};

use crate::{
    journal::{GitHubDeployment, Journal, StoreError},
    observers::github::{github_state::GitHubState, github_status::GitHubStatus, report::Report},
};

/// A repeat that GitHub shows nothing of yet.
pub(super) struct Repeat {
    pub(super) on_github: GitHubDeployment,
    /// None if there is nothing to tell, or not yet.
    pub(super) report: Option<Report>,
}

impl Repeat {
    /// The next one, if there is any.
    pub(super) async fn next(journal: &Journal) -> Result<Option<Self>, StoreError> {
        let Some((id, on_github)) = journal.unreported_github_deployment().await? else {
            return Ok(None);
        };
        let report = match journal.deployment(&id).await? {
            Some(deployment) => status(&id, &deployment, journal)
                .await?
                .map(|status| Report::about(&id, deployment.accepted_seq, &deployment, status)),
            None => None,
        };
        Ok(Some(Self { on_github, report }))
    }
}

/// The last status; of a success, whether it still serves.
async fn status(
    id: &DeploymentId,
    deployment: &Deployment,
    journal: &Journal,
) -> Result<Option<GitHubStatus>, StoreError> {
    let last = GitHubStatus::of(deployment);
    if last.as_ref().is_none_or(|last| last.state != GitHubState::Success) {
        return Ok(last);
    }
    let request = &deployment.acceptance.request;
    let by = journal.replacing_success(request.environment, &request.service(), id).await?;
    Ok(match (by, &deployment.watch) {
        (Some(by), _) => Some(GitHubStatus::replaced(&by)),
        (None, Some(WatchState { progress, .. })) => match progress {
            WatchProgress::Over { end: WatchEnd::Changed { found }, .. } => {
                Some(GitHubStatus::changed(found))
            }
            _ => last,
        },
        (None, None) => last,
    })
}
