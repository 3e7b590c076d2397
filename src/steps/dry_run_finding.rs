//! What a dry run finds.

/// One thing that a dry run of a plan's steps found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DryRunFinding {
    /// What could not be checked.
    Unchecked(String),
    /// What the API server warns of, although it accepts it.
    Warned(String),
    /// Why the deployment would fail.
    Refused(String),
}

impl DryRunFinding {
    /// The API server's warnings.
    pub(crate) fn warned(warnings: Vec<String>) -> Vec<Self> {
        warnings.into_iter().map(Self::Warned).collect()
    }
}
