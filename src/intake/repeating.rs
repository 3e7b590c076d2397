//! A deployment on GitHub that repeats a known request deploys nothing, and shows what becomes of the
//! known one.

use boathook_core::record::RequestSource;

use crate::journal::{Accepted, GitHubDeployment, Journal, StoreError};

/// Remembers such a repeat, so that statuses go to it too. It is none if it is the deployment that
/// was accepted, and comes again.
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
