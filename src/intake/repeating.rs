//! Requests that repeat a known one. A deployment on GitHub that does so deploys nothing, and shows what
//! becomes of the known one.

use boathook_core::{deployment::DeployRequest, record::RequestSource, state::Deployment};

use crate::{
    intake::{Admission, Refusal},
    journal::{Accepted, GitHubDeployment, Journal, StoreError, Summary},
};

impl Admission {
    /// The deployment that a request repeats; another one of its identity is a conflict.
    pub(super) async fn repeat_of(
        &self,
        request: &DeployRequest,
        source: &RequestSource,
    ) -> Result<Option<Summary>, Refusal> {
        match self.known_as(request).await? {
            Some((existing, known)) if known.acceptance.is_repeated_by(request, source) => {
                Ok(Some(existing))
            }
            Some((existing, _)) => Err(Refusal::Conflict(Box::new(existing))),
            None => Ok(None),
        }
    }

    /// The deployment that already has the identity of a request, in short and whole.
    pub(super) async fn known_as(
        &self,
        request: &DeployRequest,
    ) -> Result<Option<(Summary, Deployment)>, Refusal> {
        let found = self.journal.find(&request.identity()).await.map_err(Refusal::Unwritable)?;
        let Some(found) = found else { return Ok(None) };
        let known = self.journal.deployment(&found.id).await.map_err(Refusal::Unwritable)?;
        Ok(known.map(|known| (found, known)))
    }
}

/// Remembers a repeat by a deployment on GitHub, so that statuses go to it too. The accepted one that
/// is delivered again is no repeat.
pub(super) async fn remember(
    journal: &Journal,
    accepted: &Accepted,
    source: RequestSource,
) -> Result<(), StoreError> {
    let Accepted::Repeat(known) = accepted else { return Ok(()) };
    let RequestSource::GitHub { repository, deployment: number } = source else { return Ok(()) };
    let first = journal.deployment(&known.id).await?.map(|one| one.acceptance.source.clone());
    match first {
        Some(RequestSource::GitHub { deployment, .. }) if deployment == number => Ok(()),
        _ => journal.keep_github_repeat(&known.id, GitHubDeployment { repository, number }).await,
    }
}
