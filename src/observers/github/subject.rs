//! Which deployment on GitHub a deployment's statuses belong to, as far as the record and the
//! configuration tell.

use std::{collections::HashSet, sync::Arc};

use boathook_core::{
    deployment::{DeploymentId, Repository},
    record::{Acceptance, Origin, RequestSource},
};

use crate::{
    journal::{GitHubDeployment, Journal, StoreError},
    observers::github::reporting::ReportingEnvironment,
};

/// Rollbacks of rollbacks and retries of retries that are followed to the request that they began
/// with.
const ORIGINS_MAX: usize = 32;

/// What a deployment on GitHub is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) repository: Repository,
    pub(super) commit: String,
}

/// Why a deployment is not reported to GitHub.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoSubject {
    #[error("the request has no `commit_sha` that is one, 7 to 64 hexadecimal digits")]
    Commit,
    #[error("the request has no `repository`, and `github` names several")]
    Repository,
    #[error("neither `github.repositories` nor `github.packages` names {0}")]
    NotNamed(Repository),
}

impl Subject {
    /// What a new deployment on GitHub would be about.
    pub(super) async fn of(
        acceptance: &Acceptance,
        environment: &ReportingEnvironment,
        journal: &Journal,
    ) -> Result<Result<Self, NoSubject>, StoreError> {
        let repository = match named(acceptance, journal).await? {
            Some(named) => environment
                .repositories
                .iter()
                .find(|one| one.is(&named))
                .cloned()
                .ok_or(NoSubject::NotNamed(named)),
            None => environment.only.clone().ok_or(NoSubject::Repository),
        };
        let commit = acceptance.request.commit_sha.clone().filter(|text| is_commit(text));
        Ok(repository.and_then(|repository| {
            commit.map(|commit| Self { repository, commit }).ok_or(NoSubject::Commit)
        }))
    }
}

/// The repository that the request names or came from; a rollback's or a redeploy's is that of the
/// deployment whose image it brings back.
async fn named(
    acceptance: &Acceptance,
    journal: &Journal,
) -> Result<Option<Repository>, StoreError> {
    let mut known = acceptance.repository().cloned();
    let mut origin = acceptance.origin.image_of().cloned();
    for _ in 0..ORIGINS_MAX {
        let (None, Some(id)) = (&known, &origin) else { break };
        let Some(earlier) = journal.deployment(id).await? else { break };
        known = earlier.acceptance.repository().cloned();
        origin = earlier.acceptance.origin.image_of().cloned();
    }
    Ok(known)
}

/// The deployments on GitHub that exist already: those that its request came from or that repeat it,
/// the one that was made for it, and all of these of the attempts before.
pub(super) async fn existing(
    id: &DeploymentId,
    acceptance: &Arc<Acceptance>,
    journal: &Journal,
) -> Result<Vec<GitHubDeployment>, StoreError> {
    let mut known = Vec::new();
    let mut id = id.clone();
    let mut acceptance = Arc::clone(acceptance);
    for _ in 0..ORIGINS_MAX {
        if let RequestSource::GitHub { repository, deployment } = &acceptance.source {
            let repository = repository.clone();
            let number = *deployment;
            known.push(GitHubDeployment { repository, number });
        }
        known.extend(journal.github_deployments(&id).await?);
        let Origin::Retry { of, by: _ } = &acceptance.origin else { break };
        let Some(earlier) = journal.deployment(of).await? else { break };
        id = of.clone();
        acceptance = earlier.acceptance;
    }
    let mut seen = HashSet::new();
    known.retain(|one| seen.insert(one.number));
    Ok(known)
}

/// A name of a branch would name another commit tomorrow.
fn is_commit(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.chars().all(|c| c.is_ascii_hexdigit())
}
