//! The states of a deployment that GitHub knows.

use strum::IntoStaticStr;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub(super) enum GitHubState {
    /// It waits for a person or for a time of day.
    Pending,
    /// It waits for its turn.
    Queued,
    /// boathook works on it.
    InProgress,
    /// It serves.
    Success,
    /// It was bad, and does not serve.
    Failure,
    /// Someone has to look: it was stopped or refused, or could not be rolled back.
    Error,
    /// It does not serve any more, or never will, and nothing is wrong with it.
    Inactive,
}

impl GitHubState {
    /// Its name in GitHub's API.
    pub(super) const fn name(self) -> &'static str {
        self.into_str()
    }
}
