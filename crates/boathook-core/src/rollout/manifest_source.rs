//! Where the manifests of a plan come from.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::deployment::{ArtifactRef, BundleDigest, DeploymentId, Environment};

/// Where the manifests of a plan come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum ManifestSource {
    /// The environment's folder on the node.
    Node { environment: Environment },
    /// A bundle.
    Bundle {
        digest: BundleDigest,
        /// The deployment whose request brought it; none for the plan's own request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<DeploymentId>,
        /// The artifact that boathook fetched it from; none if it came in a request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        artifact: Option<ArtifactRef>,
        /// Whether only the revision is of it, and the objects beside the service stay as they are: an
        /// ordered rollback where the settings say so.
        #[serde(default, skip_serializing_if = "is_false")]
        revision_only: bool,
    },
}

impl ManifestSource {
    /// The bundle, if it is one.
    #[must_use]
    pub const fn bundle(&self) -> Option<&BundleDigest> {
        match self {
            Self::Node { .. } => None,
            Self::Bundle { digest, .. } => Some(digest),
        }
    }

    /// The same for a later plan: a bundle that the request of `id` brought is used since then.
    #[must_use]
    pub fn since(self, id: &DeploymentId) -> Self {
        match self {
            Self::Bundle { digest, since, artifact, revision_only: _ } => Self::Bundle {
                digest,
                since: since.or_else(|| Some(id.clone())),
                artifact,
                revision_only: false,
            },
            Self::Node { .. } => self,
        }
    }

    /// The same where the objects beside the service stay as they are.
    #[must_use]
    pub fn of_the_revision_alone(self) -> Self {
        match self {
            Self::Bundle { digest, since, artifact, revision_only: _ } => {
                Self::Bundle { digest, since, artifact, revision_only: true }
            }
            Self::Node { .. } => self,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

impl fmt::Display for ManifestSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node { environment } => write!(f, "manifests/{environment} of the node"),
            Self::Bundle { digest, since, artifact, revision_only } => {
                write!(f, "bundle {digest}")?;
                match since {
                    None => f.write_str(" of this request")?,
                    Some(id) => write!(f, " since {id}")?,
                }
                artifact.iter().try_for_each(|artifact| write!(f, ", from {artifact}"))?;
                if *revision_only { f.write_str(", its revision alone") } else { Ok(()) }
            }
        }
    }
}
