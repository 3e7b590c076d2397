//! The ways by which requests come in besides the public listener.

use serde::Deserialize;

use crate::config::GitHubSource;

/// The ways by which requests come in besides the public listener: boathook connects to them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// GitHub, which boathook asks for deployments.
    pub github: GitHubSource,
}
