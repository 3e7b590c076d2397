//! What keeps a revision from serving, and what follows from it.

use boathook_core::failure::shorten;

use crate::diagnosis::{Kind, Outlook};

/// Characters of the cluster's message that are kept.
const WORDS_MAX: usize = 800;

/// What keeps a revision from serving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// Its kind, which decides whether waiting can help.
    pub kind: Kind,
    words: String,
    /// A container ended as if it had been asked to.
    asked_to_end: bool,
}

impl Diagnosis {
    pub(super) fn new(kind: Kind, words: impl Into<String>) -> Self {
        Self { kind, words: shorten(&words.into(), WORDS_MAX), asked_to_end: false }
    }

    pub(super) fn asked_to_end(self) -> Self {
        Self { asked_to_end: true, ..self }
    }

    /// Whether the kubelet may have ended a container because of its probe, which only events show.
    #[must_use]
    pub(crate) const fn may_be_a_probe(&self) -> bool {
        self.asked_to_end && matches!(self.kind, Kind::Crash)
    }

    /// Whether waiting can help.
    #[must_use]
    pub const fn outlook(&self) -> Outlook {
        self.kind.row().outlook
    }

    /// Whether a container ends, or would at every start.
    #[must_use]
    pub(crate) const fn is_crash(&self) -> bool {
        matches!(self.outlook(), Outlook::Restarting)
            || matches!(
                self.kind,
                Kind::CommandNotRunnable | Kind::NoCommand | Kind::MemoryLimitTooLow
            )
    }

    /// Whether events may have a better cause.
    #[must_use]
    pub(crate) const fn is_vague(&self) -> bool {
        matches!(
            self.kind,
            Kind::NotReady | Kind::ProgressDeadline | Kind::RevisionNotReady | Kind::Crash
        )
    }

    /// The cause in the cluster's own words.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.words
    }

    /// What to do, if the cluster's own words do not say it.
    #[must_use]
    pub const fn advice(&self) -> Option<&'static str> {
        self.kind.row().advice
    }

    /// The cause in the cluster's own words, and what to do.
    #[must_use]
    pub fn in_words(&self) -> String {
        let Self { kind, words, asked_to_end: _ } = self;
        kind.row().advice.map_or_else(|| words.clone(), |advice| format!("{words}; {advice}"))
    }
}
