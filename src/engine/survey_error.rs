//! Why no plan was made.

use std::time::Duration;

use boathook_core::deployment::RevisionName;

use crate::{
    cluster::ClusterError, engine::proven::ProvenError, manifests::ManifestError, plan::PlanError,
};

/// Why no plan was made. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum SurveyError {
    /// The manifests cannot be read.
    #[error(transparent)]
    Manifests(#[from] ManifestError),
    /// The state of the cluster allows no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The image is not proven where it must be.
    #[error(transparent)]
    Proven(#[from] ProvenError),
    /// The cluster could not be asked.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The revision that serves is not Ready, in the cluster's own words.
    #[error("{0}, and it does not answer")]
    Unready(String),
    /// The revision that serves was deleted.
    #[error("revision {0} was deleted, and Knative has not recreated it")]
    Deleted(RevisionName),
    /// Policy does not take what the bundle holds.
    #[error("{0}")]
    NotAllowed(String),
    /// What boathook was to roll back serves no more.
    #[error("{0}")]
    Overtaken(String),
    /// The service's status is of an older generation.
    #[error("status of {0} lags behind its spec: Knative's controller does not respond")]
    Stale(String),
}

impl SurveyError {
    /// How long the API server asks to wait before the next read.
    pub(super) fn retry_after(&self) -> Duration {
        match self {
            Self::Cluster(error) => error.retry_after().unwrap_or_default(),
            _ => Duration::ZERO,
        }
    }

    /// Whether the state may be different on the next read.
    pub(super) const fn is_retryable(&self) -> bool {
        match self {
            Self::Stale(_) | Self::Unready(_) | Self::Deleted(_) => true,
            Self::Cluster(error)
            | Self::Manifests(ManifestError::NotBuilt { source: error, .. }) => {
                error.is_retryable()
            }
            Self::Manifests(_)
            | Self::Plan(_)
            | Self::Proven(_)
            | Self::NotAllowed(_)
            | Self::Overtaken(_) => false,
        }
    }
}
