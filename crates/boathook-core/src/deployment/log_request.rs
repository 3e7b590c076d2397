//! What an operator wants to read of an application's log.

use serde::{Deserialize, Serialize};

use crate::deployment::{Environment, RevisionName, ServiceKey};

/// The log of the pods of one revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRequest {
    pub environment: Environment,
    pub service: ServiceKey,
    pub revision: RevisionName,
    pub reading: LogReading,
}

/// How it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogReading {
    /// The container; otherwise the pod's first one, which is the application's.
    pub container: Option<String>,
    /// Lines of each pod, from the end.
    pub tail: u32,
    /// Whether to go on with the lines that come.
    pub follow: bool,
}

/// Which of the two revisions of a rollout is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Stable,
    Candidate,
}

impl Role {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Candidate => "candidate",
        }
    }
}
