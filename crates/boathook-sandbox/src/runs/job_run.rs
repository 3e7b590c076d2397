//! How far a Job is.

/// A Job that has not ended.
#[derive(Clone, Debug)]
pub(crate) struct JobRun {
    pub uid: String,
    pub failed: u64,
    /// The pod that has not ended.
    pub pod: Option<String>,
    /// How many pods it had; an event of an earlier one is stale.
    pub pods: u64,
}
