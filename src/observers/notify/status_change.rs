//! A deployment's new status, or that its watch turned bad, to be notified. Its texts come from a sender or a program, and are
//! untrusted.

use boathook_core::{
    deployment::{Actor, Environment, marked_beginning},
    record::{AfterBad, Event, Record, WatchEnd, WatchEvent},
    state::Deployment,
};
use jiff::Timestamp;

use crate::journal::Summary;

/// A deployment's new status.
#[derive(Clone, Debug)]
pub(super) struct StatusChange {
    /// The same for every try: a receiver can drop a repeat.
    pub(super) id: String,
    /// When it was recorded.
    pub(super) at: Timestamp,
    /// What an operator let past which rule, if that is what happened.
    pub(super) overridden: Option<Overridden>,
    /// What a watch found, if it turned bad.
    pub(super) bad_watch: Option<BadWatch>,
    /// Its status and what it deploys.
    pub(super) summary: Summary,
    /// The commit, as the sender says.
    pub(super) commit_sha: Option<String>,
    /// Who or what set it off, as the sender says.
    pub(super) triggered_by: Option<String>,
}

/// An operator's override.
#[derive(Clone, Debug)]
pub(super) struct Overridden {
    pub(super) by: Actor,
    /// Where its promotion was let past what is required there; none for closed deployment windows.
    pub(super) promotion_to: Option<Environment>,
}

/// A success that turned bad while it was watched.
#[derive(Clone, Debug)]
pub(super) struct BadWatch {
    pub(super) reason: String,
    pub(super) then: AfterBad,
}

impl BadWatch {
    /// None for any other record.
    pub(super) fn of(event: &Event) -> Option<Self> {
        let Event::Watch(WatchEvent::WatchEnded { end, figures: _ }) = event else { return None };
        let WatchEnd::Bad { reason, then } = end.clone() else { return None };
        Some(Self { reason, then })
    }
}

impl StatusChange {
    pub(super) fn of(record: &Record, deployment: &Deployment) -> Self {
        let request = &deployment.acceptance.request;
        let overridden = record.event.overridden();
        let overridden =
            overridden.map(|(by, promotion_to)| Overridden { by: by.clone(), promotion_to });
        Self {
            overridden,
            bad_watch: BadWatch::of(&record.event),
            id: format!("{}-{}", record.deployment, record.sequence),
            at: record.at,
            summary: Summary::of(&record.deployment, deployment),
            commit_sha: request.commit_sha.clone(),
            triggered_by: request.triggered_by.clone(),
        }
    }
}

/// The beginning of a text.
pub(super) fn cut(text: &str, max: usize) -> String {
    marked_beginning(text, max, " ...")
}
