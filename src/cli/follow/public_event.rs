//! A deployment's events, as far as those who follow it show them.

use boathook_core::{record::Record, rollout::Observation};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

/// The events of the public stream that a sender shows.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PublicEvent {
    /// It is on disk; it may have to be approved.
    Accepted {
        at: Timestamp,
        approve_until: Option<Timestamp>,
        /// How many approvals it needs, where it needs any.
        approvals: Option<u32>,
        opens_at: Option<Timestamp>,
    },
    /// It begins when a deployment window opens.
    AwaitsWindow {
        at: Timestamp,
        opens_at: Timestamp,
        /// What holds it besides.
        held: Option<String>,
    },
    /// An operator approved it.
    Approved {
        at: Timestamp,
        by: String,
        note: Option<String>,
    },
    /// An operator let it past closed deployment windows.
    Overridden {
        at: Timestamp,
        by: String,
    },
    /// A worker took it up.
    Started {
        at: Timestamp,
    },
    /// Every step was decided.
    Planned {
        at: Timestamp,
        steps: Vec<Titled>,
        rollback: Vec<Titled>,
        #[serde(default)]
        notes: Vec<String>,
    },
    StepStarted {
        at: Timestamp,
        step: String,
    },
    /// A step learned something.
    StepLearned {
        at: Timestamp,
        #[serde(deserialize_with = "known")]
        findings: Vec<Observation>,
    },
    /// A step ended well.
    StepEnded {
        at: Timestamp,
        #[serde(deserialize_with = "known")]
        findings: Vec<Observation>,
    },
    StepFailed {
        at: Timestamp,
        reason: String,
    },
    /// A rollback step failed, and an operator is needed.
    RollbackFailed {
        at: Timestamp,
        reason: String,
    },
    /// An operator steered it.
    Steered {
        at: Timestamp,
        action: String,
        by: String,
    },
    Ended {
        at: Timestamp,
        status: String,
        reason: Option<String>,
    },
    /// Anything else.
    #[serde(other)]
    Other,
}

/// A step's name and title.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Titled {
    pub step: String,
    pub title: String,
}

/// The findings of kinds that this program knows; a newer boathook may report others.
fn known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Observation>, D::Error> {
    let findings = Vec::<Value>::deserialize(deserializer)?.into_iter();
    Ok(findings.filter_map(|finding| serde_json::from_value(finding).ok()).collect())
}

/// How an event is read from its JSON; none if it is not ours.
pub type ReadEvent = fn(Value) -> Option<PublicEvent>;

impl PublicEvent {
    /// From what the holder of a `status_url` reads.
    pub fn from_public(data: Value) -> Option<Self> {
        serde_json::from_value(data).ok()
    }

    /// From a record, as operators read it.
    pub fn from_record(data: Value) -> Option<Self> {
        let Record { at, event, .. } = serde_json::from_value(data).ok()?;
        let mut shown = event.for_operators()?;
        shown["at"] = json!(at);
        shown["type"] = json!(event.name());
        Self::from_public(shown)
    }

    /// Whether nothing more may happen by itself.
    pub const fn may_settle(&self) -> bool {
        matches!(self, Self::Ended { .. } | Self::RollbackFailed { .. })
    }
}
