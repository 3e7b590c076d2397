//! The sources from which boathook fetches requests, as the page of environments shows them.

use jiff::Timestamp;

use crate::{
    observers::metrics::{Metrics, RelayState, RepositoryState, SourceFailure},
    redact::Redactor,
};

/// One source: a repository on GitHub, or a relay.
pub(super) struct SourceRow {
    pub kind: &'static str,
    pub name: String,
    pub state: SourceState,
    /// What went wrong last, without secrets.
    pub failure: Option<SourceFailure>,
}

/// How a source stands.
pub(super) enum SourceState {
    /// Nothing came of it yet.
    Untried,
    /// A repository that was read then, with nothing wrong since.
    Read(Timestamp),
    /// A repository of which nothing can be taken; it was read then, if at all since boathook started.
    Failing(Option<Timestamp>),
    /// A relay, connected since then.
    Connected(Timestamp),
    /// A relay, not connected since then.
    Away(Timestamp),
}

impl SourceRow {
    /// Every source: repositories first, each kind by name.
    pub(super) fn all(metrics: &Metrics, redactor: &Redactor) -> Vec<Self> {
        let repositories = metrics.repositories().into_iter().map(|(name, state)| {
            let RepositoryState { read_at, is_failing, failure } = state;
            let state = match (read_at, is_failing) {
                (Some(at), false) => SourceState::Read(at),
                (None, false) => SourceState::Untried,
                (read_at, true) => SourceState::Failing(read_at),
            };
            Self { kind: "GitHub", name, state, failure }
        });
        let relays = metrics.relays().into_iter().map(|(name, state)| {
            let RelayState { is_connected, since, failure } = state;
            let state = match since {
                Some(since) if is_connected => SourceState::Connected(since),
                Some(since) => SourceState::Away(since),
                None => SourceState::Untried,
            };
            Self { kind: "relay", name, state, failure }
        });
        repositories.chain(relays).map(|row| row.without_secrets(redactor)).collect()
    }

    fn without_secrets(self, redactor: &Redactor) -> Self {
        let clean = |SourceFailure { at, cause }| SourceFailure {
            at,
            cause: redactor.text(&cause).into_owned(),
        };
        Self { failure: self.failure.map(clean), ..self }
    }
}
