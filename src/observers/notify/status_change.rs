//! A deployment's new status, to be notified. Its texts come from a sender or a program, and are
//! untrusted.

use boathook_core::{
    deployment::Actor,
    record::{DeploymentEvent, Event, Record},
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
    /// Who let it past closed deployment windows, if that is what happened.
    pub(super) overridden_by: Option<Actor>,
    /// Its status and what it deploys.
    pub(super) summary: Summary,
    /// The commit, as the sender says.
    pub(super) commit_sha: Option<String>,
    /// Who or what set it off, as the sender says.
    pub(super) triggered_by: Option<String>,
}

impl StatusChange {
    pub(super) fn of(record: &Record, deployment: &Deployment) -> Self {
        let request = &deployment.acceptance.request;
        let overridden_by = match &record.event {
            Event::Deployment(DeploymentEvent::Overridden { by }) => Some(by.clone()),
            _ => None,
        };
        Self {
            overridden_by,
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
    let mut notifications = text.chars();
    let start: String = notifications.by_ref().take(max).collect();
    if notifications.next().is_some() { format!("{start} ...") } else { start }
}
