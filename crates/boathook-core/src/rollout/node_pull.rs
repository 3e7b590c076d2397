//! What a node was asked to pull for a deployment that another boathook carries out.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How a pull on another node ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullResult {
    /// Whether the node has the image now.
    pub succeeded: bool,
    /// Why not, in the words of the program or of its boathook; empty after a success.
    pub words: String,
    /// How long it took.
    pub took: Duration,
}

/// A node that was asked, and how its pull ended; nothing while it has not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodePull {
    /// The node's name.
    pub node: String,
    pub result: Option<PullResult>,
    /// Whether nothing has been heard of the node lately.
    pub is_away: bool,
}
