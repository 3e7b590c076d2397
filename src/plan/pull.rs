//! How images reach the node.

use boathook_core::fault::Fault;
use serde::Deserialize;

/// How images reach the node.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pull {
    /// Whether images are pulled before the service is changed.
    pub enabled: bool,
    /// The command to run instead of `crictl pull --`; the image follows.
    pub command: Option<Vec<String>>,
    /// On which nodes.
    pub nodes: PullNodes,
}

/// Where images are pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PullNodes {
    /// On the node of the boathook that carries out the deployment.
    Here,
    /// There, and on those of all other boathooks on the record.
    All,
}

impl Pull {
    /// What cannot be used.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let is_named = self.command.as_ref().is_none_or(|words| !words.is_empty());
        Fault::of([(is_named, "command", "must begin with a program")])
    }
}
