//! Remembers a deployment on GitHub, for a follower: who leads writes it beside its batches.

use boathook_core::deployment::DeploymentId;
use serde::{Deserialize, Serialize};

use crate::journal::{
    GitHubDeployment, StoreError,
    writer::{
        command::{Command, Decision},
        pending_batch::PendingBatch,
    },
};

/// A deployment on GitHub that is this one's too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::journal) struct KeepGitHubDeployment {
    pub(in crate::journal) id: DeploymentId,
    pub(in crate::journal) on_github: GitHubDeployment,
    /// Whether it was made for it; otherwise it repeats its request, and has no status yet.
    pub(in crate::journal) is_reported: bool,
}

/// A store's error cannot be written down.
#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
pub(in crate::journal) enum KeepError {
    #[error(transparent)]
    #[serde(skip)]
    Store(#[from] StoreError),
}

impl Command for KeepGitHubDeployment {
    type Done = ();
    type Error = KeepError;

    fn decide(self, batch: &mut PendingBatch<'_>) -> Decision<(), KeepError> {
        let Self { id, on_github, is_reported } = self;
        batch.keep_github_deployment(id, on_github, is_reported);
        Decision::waiting(Ok(()))
    }
}
