//! A deployment's status: one word, the same in lists, API, dashboard and logs.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{record::Outcome, rollout::Action};

/// A deployment's status, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Status {
    /// Accepted; an operator has to approve it first.
    AwaitingApproval,
    /// Accepted; the environment's deployment windows are closed.
    AwaitingWindow,
    /// Accepted, not yet begun.
    Queued,
    /// boathook reads the cluster.
    Planning,
    /// Walking the plan's steps.
    Deploying,
    /// Walking the plan's steps back.
    RollingBack,
    /// A rollback step failed: an operator is needed, and meanwhile the rollback is tried again.
    RollbackFailed,
    /// All is done; the record is about to be closed.
    Closing,
    /// The record is closed.
    Ended(Outcome),
}

/// A word that is not a status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown status `{}`; known: {}", .0.escape_default(), Status::ALL.map(Status::name).join(", "))]
pub struct UnknownStatus(pub String);

impl Status {
    /// Every status, in the order in which a deployment may come by them.
    pub const ALL: [Self; 15] = [
        Self::AwaitingApproval,
        Self::AwaitingWindow,
        Self::Queued,
        Self::Planning,
        Self::Deploying,
        Self::RollingBack,
        Self::RollbackFailed,
        Self::Closing,
        Self::Ended(Outcome::Succeeded),
        Self::Ended(Outcome::RolledBack),
        Self::Ended(Outcome::Failed),
        Self::Ended(Outcome::Superseded),
        Self::Ended(Outcome::Aborted),
        Self::Ended(Outcome::Rejected),
        Self::Ended(Outcome::Abandoned),
    ];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AwaitingApproval => "awaiting_approval",
            Self::AwaitingWindow => "awaiting_window",
            Self::Queued => "queued",
            Self::Planning => "planning",
            Self::Deploying => "deploying",
            Self::RollingBack => "rolling_back",
            Self::RollbackFailed => "rollback_failed",
            Self::Closing => "closing",
            Self::Ended(end) => end.name(),
        }
    }

    /// Its name as people write it.
    #[must_use]
    pub fn words(self) -> String {
        self.name().replace('_', " ")
    }

    /// The operator's commands that are possible in this status.
    #[must_use]
    pub const fn accepted_actions(self) -> &'static [Action] {
        match self {
            Self::AwaitingApproval | Self::AwaitingWindow | Self::Queued | Self::RollbackFailed => {
                &[Action::Abort]
            }
            Self::Planning | Self::Deploying => &Action::ALL,
            Self::RollingBack | Self::Closing | Self::Ended(_) => &[],
        }
    }

    /// How it ended, if it has.
    #[must_use]
    pub const fn end(self) -> Option<Outcome> {
        match self {
            Self::AwaitingApproval
            | Self::AwaitingWindow
            | Self::Queued
            | Self::Planning
            | Self::Deploying
            | Self::RollingBack
            | Self::RollbackFailed
            | Self::Closing => None,
            Self::Ended(end) => Some(end),
        }
    }

    /// Whether waiting senders are answered now: the deployment ended, or it needs an operator.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::RollbackFailed | Self::Ended(_))
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Status {
    type Err = UnknownStatus;

    /// Reads its name, also as people write it: `rolled_back`, `rolled back`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.trim().replace(' ', "_");
        let known = Self::ALL.into_iter().find(|status| status.name() == name);
        known.ok_or_else(|| UnknownStatus(text.chars().take(64).collect()))
    }
}

impl TryFrom<String> for Status {
    type Error = UnknownStatus;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Status> for &'static str {
    fn from(status: Status) -> Self {
        status.name()
    }
}
