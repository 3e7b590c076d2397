//! One element of a page of deployments: what cannot be read of it must not stop those around it.

use boathook_core::deployment::Repository;
use jiff::Timestamp;
use serde::Deserialize as _;
use serde_json::Value;
use tracing::warn;

use crate::{github::GitHubError, intake::github::Deployment};

/// A deployment as a page lists it.
pub(super) struct Listed {
    /// Its number; a later one has a higher one.
    pub id: u64,
    pub read: Result<Deployment, serde_json::Error>,
}

impl Listed {
    /// The deployments of a page, which has the newest first.
    pub(super) fn of_page(body: &Value) -> Result<Vec<Self>, GitHubError> {
        let elements = Vec::<Value>::deserialize(body).map_err(GitHubError::Unreadable)?;
        let numbered = |element: &Value| {
            let id = element["id"].as_u64()?;
            Some(Self { id, read: Deployment::deserialize(element) })
        };
        Ok(elements.iter().filter_map(numbered).collect())
    }

    /// Whether it was created at that time or later. Of one that cannot be read this is not known,
    /// and it is not taken anyway.
    pub(super) fn is_since(&self, oldest: Timestamp) -> bool {
        self.read.as_ref().map_or(true, |deployment| deployment.created_at >= oldest)
    }

    /// The deployment; without it, the log says that this one is passed over.
    pub(super) fn deployment(self, repository: &Repository) -> Option<Deployment> {
        self.read
            .inspect_err(|error| {
                warn!(
                    github.repository = %repository,
                    cause = %error,
                    "Deployment {} of {repository} on GitHub cannot be read, and is passed over", self.id
                );
            })
            .ok()
    }
}
