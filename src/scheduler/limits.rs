//! What config says of how much is done at once.

use std::{collections::BTreeMap, time::Duration};

use boathook_core::{deploy_windows::DeployWindows, deployment::Environment};

/// While something waits for a time of day, it is read at least this often, because the
/// clock may be set.
pub(super) const TICK_MAX: Duration = Duration::from_secs(60);

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
    /// The frozen environments, and why: what waits for a window there goes on waiting.
    pub frozen: BTreeMap<Environment, String>,
}
