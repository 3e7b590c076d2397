//! What is watched, as boathook answers.

use serde::Deserialize;

use crate::{cli::list::Row, journal::DeploymentView};

/// One moment.
#[derive(Debug, Deserialize)]
pub struct Live {
    /// The deployments that have not ended, in the order of their acceptance.
    pub live: Vec<DeploymentView>,
    /// How many more there are of them.
    pub more: usize,
    /// Those that ended last, the newest first.
    pub ended: Vec<Row>,
}

impl From<DeploymentView> for Live {
    fn from(only: DeploymentView) -> Self {
        Self { live: vec![only], more: 0, ended: Vec::new() }
    }
}
