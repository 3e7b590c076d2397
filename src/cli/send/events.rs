//! A deployment's events as they arrive: server-sent events, cut anywhere.

use std::num::NonZeroUsize;

use bytes::Buf;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use sse_core::{MessageEvent, SseDecoder, SseEvent};

/// Bytes of one event at most; what is longer is not ours.
const EVENT_MAX: NonZeroUsize = NonZeroUsize::new(1 << 20).expect("it is not 0");

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

/// Reads events from chunks.
pub struct EventReader(SseDecoder);

impl EventReader {
    /// The events that one more chunk completes, with their sequences. One that is not ours, or too
    /// long, is left out.
    pub fn push(&mut self, mut chunk: impl Buf) -> Vec<(u64, PublicEvent)> {
        std::iter::from_fn(|| self.0.next(&mut chunk)).flatten().filter_map(event).collect()
    }
}

impl Default for EventReader {
    fn default() -> Self {
        Self(SseDecoder::with_limit(EVENT_MAX))
    }
}

fn event(read: SseEvent) -> Option<(u64, PublicEvent)> {
    let SseEvent::Message(MessageEvent { event: _, data, last_event_id }) = read else {
        return None;
    };
    Some((last_event_id?.parse().ok()?, serde_json::from_str(&data).ok()?))
}
