//! How images reach the node.

use serde::Deserialize;

/// How images reach the node.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pull {
    /// Whether images are pulled before the service is changed.
    pub enabled: bool,
    /// The command to run instead of `crictl pull --`; the image follows.
    pub command: Option<Vec<String>>,
}
