//! What config says of how much is done at once.

use std::collections::BTreeMap;

use boathook_core::{deploy_windows::DeployWindows, deployment::Environment};

/// How much is done at once, and what a newer request does.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Deployments that run at the same time.
    pub running: usize,
    /// The environments in which a newer request takes the place of the deployment under way;
    /// elsewhere it waits for its end.
    pub replacing: Vec<Environment>,
    /// When deployments may begin; in other environments, at any time.
    pub windows: BTreeMap<Environment, DeployWindows>,
}
