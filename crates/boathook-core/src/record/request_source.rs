//! The way by which a request came in.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::deployment::{ImageRef, Repository};

/// The way by which a request came in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum RequestSource {
    /// The public listener, or boathook itself.
    #[default]
    Listener,
    /// A deployment on GitHub, which boathook found by asking, or GitHub pushed.
    GitHub {
        repository: Repository,
        /// GitHub's number of the deployment.
        deployment: u64,
    },
    /// A container package that was published on GitHub: nobody signed a request for it.
    #[serde(rename = "github_package")]
    GitHubPackage {
        repository: Repository,
        /// Without tag and digest.
        image: ImageRef,
    },
    /// A relay of webhooks, by its name in the configuration.
    Relay { name: String },
}

impl RequestSource {
    /// Whether it is the public listener, or boathook itself.
    #[must_use]
    pub const fn is_listener(&self) -> bool {
        matches!(self, Self::Listener)
    }
}

impl fmt::Display for RequestSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listener => f.write_str("the listener"),
            Self::GitHub { repository, deployment } => {
                write!(f, "deployment {deployment} of {repository} on GitHub")
            }
            Self::GitHubPackage { repository, image } => {
                write!(f, "package {image} of {repository} on GitHub")
            }
            Self::Relay { name } => write!(f, "relay {name}"),
        }
    }
}
