//! Where an environment takes manifests from.

use serde::Deserialize;

/// Where an environment takes manifests from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AcceptedManifests {
    /// Its folder on the node alone.
    #[default]
    Node,
    /// Requests alone: a bundle in the request, or the one of the last success.
    Request,
    /// A bundle, where there is one, and the folder otherwise.
    Both,
}
