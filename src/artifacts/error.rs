//! Why there is no bundle of an artifact.

use std::{path::PathBuf, time::Duration};

use boathook_core::{
    deployment::{ArtifactRef, error_chain},
    duration_text,
};

use crate::{
    artifacts::ArtifactFault,
    bundles::BundleError,
    registries::{RegistryFailure, UnusableFile},
};

/// Why there is no bundle of an artifact.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// No endpoint gave it.
    #[error("the manifests {artifact} could not be fetched: {}", shown(failures))]
    NotFetched {
        artifact: Box<ArtifactRef>,
        /// Each endpoint that was asked, and why it gave nothing.
        failures: Vec<(String, RegistryFailure)>,
    },
    #[error(
        "the manifests {artifact} were not fetched within {} (artifacts.timeout); try again later",
        duration_text::show(*timeout)
    )]
    TooSlow { artifact: Box<ArtifactRef>, timeout: Duration },
    /// The node's file of registries.
    #[error(
        "boathook cannot read the logins for registries in {} ({reason}); its operator has to repair that (artifacts.registries)",
        path.display()
    )]
    NoLogins { path: PathBuf, reason: String },
    #[error("{} cannot be used: {fault}", path.display())]
    UnusableLogins { path: PathBuf, fault: UnusableFile },
    /// It is no bundle.
    #[error("the artifact {artifact} {fault}")]
    NoBundle { artifact: Box<ArtifactRef>, fault: ArtifactFault },
    /// What is in it is refused as it would be in a request.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// boathook is ending.
    #[error("boathook is stopping; try again later")]
    Stopping,
}

impl ArtifactError {
    /// What everyone may read: neither the node's files nor its mirrors.
    #[must_use]
    pub fn for_everyone(&self) -> String {
        match self {
            Self::NotFetched { artifact, failures: _ } => {
                format!("the manifests {artifact} could not be fetched; boathook's log says why")
            }
            Self::NoLogins { .. } | Self::UnusableLogins { .. } => {
                "boathook cannot read the logins for registries; its operator has to repair that"
                    .to_owned()
            }
            Self::TooSlow { .. } | Self::NoBundle { .. } | Self::Bundle(_) | Self::Stopping => {
                self.to_string()
            }
        }
    }

    /// What boathook's log says: also why a registry could not be reached.
    #[must_use]
    pub fn for_operators(&self) -> String {
        let causes = |(host, failure): &(String, RegistryFailure)| match failure {
            RegistryFailure::Unreachable(why) => Some(format!("{host}: {}", error_chain(why))),
            _ => None,
        };
        match self {
            Self::NotFetched { failures, .. }
                if failures.iter().any(|one| causes(one).is_some()) =>
            {
                let causes: Vec<String> = failures.iter().filter_map(causes).collect();
                format!("{self} ({})", causes.join("; "))
            }
            other => other.to_string(),
        }
    }

    /// Whether the same artifact may be fetched later, without its sender's doing.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::NotFetched { artifact: _, failures } => {
                failures.iter().any(|(_, failure)| failure.is_transient())
            }
            Self::TooSlow { .. }
            | Self::NoLogins { .. }
            | Self::UnusableLogins { .. }
            | Self::Stopping => true,
            Self::NoBundle { .. } | Self::Bundle(_) => false,
        }
    }
}

fn shown(failures: &[(String, RegistryFailure)]) -> String {
    let shown = failures.iter().map(|(host, failure)| format!("{host} {failure}"));
    shown.collect::<Vec<_>>().join("; ")
}
