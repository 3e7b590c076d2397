//! What config says of how much is done at once.

use boathook_core::deployment::Environment;

/// How much is done at once, and what a newer request does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Deployments that run at the same time.
    pub running: usize,
    /// The environments in which a newer request takes the place of the deployment under way;
    /// elsewhere it waits for its end.
    pub replacing: Vec<Environment>,
}
