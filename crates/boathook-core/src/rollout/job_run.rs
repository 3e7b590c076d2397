//! How far the Job of a step has come, as the record has it.

use serde::{Deserialize, Serialize};

use crate::rollout::JobName;

/// How far the Job of a step has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRun {
    /// Its name in the manifests.
    pub job: JobName,
    /// How far it has come.
    #[serde(flatten)]
    pub state: JobState,
}

/// How far a Job has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum JobState {
    /// It is about to be created, and may have been.
    Begins,
    /// It was created.
    Runs {
        /// Its UID: another Job under the same name is not this one.
        uid: String,
    },
    /// It has ended by itself.
    Ended {
        /// Its UID.
        uid: String,
    },
}

impl JobState {
    /// Whether it may still run.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        match self {
            Self::Begins | Self::Runs { .. } => true,
            Self::Ended { .. } => false,
        }
    }

    /// The UID of the Job, if it was created as far as it is known.
    #[must_use]
    pub fn uid(&self) -> Option<&str> {
        match self {
            Self::Begins => None,
            Self::Runs { uid } | Self::Ended { uid } => Some(uid),
        }
    }
}
