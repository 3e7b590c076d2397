//! What asking GitHub needs of the rest of boathook.

use boathook_core::{clock::Clock, current::Current};

use crate::{
    intake::Admission,
    journal::Journal,
    observers::{audit::Refusals, metrics::GitHubPolls},
};

/// What stays the same while boathook runs.
#[derive(Clone)]
pub struct GitHubSource {
    pub journal: Journal,
    pub clock: Clock,
    /// The newest admission.
    pub admission: Current<Admission>,
    pub refusals: Refusals,
    /// What metrics and dashboard show of it.
    pub polls: GitHubPolls,
}
