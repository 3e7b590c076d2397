//! A deployment's events as they arrive: server-sent events, cut anywhere.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// Bytes of one event at most; what is longer is not ours.
const EVENT_MAX: usize = 1 << 20;

/// The events of the public stream that a sender shows.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PublicEvent {
    /// It is on disk; it may have to be approved.
    Accepted {
        at: Timestamp,
        approve_until: Option<Timestamp>,
    },
    /// An operator approved it.
    Approved {
        at: Timestamp,
        by: String,
        note: Option<String>,
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
    },
    StepStarted {
        at: Timestamp,
        step: String,
    },
    /// A step learned something.
    StepLearned {
        at: Timestamp,
        findings: Vec<Found>,
    },
    /// A step ended well.
    StepEnded {
        at: Timestamp,
        findings: Vec<Found>,
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

/// One thing that was learned.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Found {
    /// What kind of thing.
    pub finding: String,
    #[serde(default)]
    pub is: Value,
}

/// Assembles events from chunks.
#[derive(Debug, Default)]
pub struct EventReader(Vec<u8>);

impl EventReader {
    /// The events that one more chunk completes, with their sequences.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<(u64, PublicEvent)> {
        self.0.extend_from_slice(chunk);
        let mut reported = Vec::new();
        while let Some(end) = self.0.windows(2).position(|two| two == b"\n\n") {
            let block = self.0.drain(..end + 2).collect::<Vec<_>>();
            reported.extend(event(&String::from_utf8_lossy(&block)));
        }
        if self.0.len() > EVENT_MAX {
            self.0.clear();
        }
        reported
    }
}

fn event(block: &str) -> Option<(u64, PublicEvent)> {
    let field =
        |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim_start);
    Some((field("id:")?.parse().ok()?, serde_json::from_str(field("data:")?).ok()?))
}
