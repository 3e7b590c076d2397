//! Server-sent events, cut anywhere.

use std::num::NonZeroUsize;

use bytes::Buf;
use sse_core::{MessageEvent, SseDecoder, SseEvent};

use crate::cli::follow::{PublicEvent, ReadEvent};

/// Bytes of one event at most; what is longer is not ours.
const EVENT_MAX: NonZeroUsize = NonZeroUsize::new(1 << 20).expect("it is not 0");

/// Reads events from chunks.
pub struct EventReader {
    decoder: SseDecoder,
    read: ReadEvent,
}

impl EventReader {
    pub fn new(read: ReadEvent) -> Self {
        Self { decoder: SseDecoder::with_limit(EVENT_MAX), read }
    }

    /// The events that one more chunk completes, with their sequences. One that is not ours, or too
    /// long, is left out.
    pub fn push(&mut self, mut chunk: impl Buf) -> Vec<(u64, PublicEvent)> {
        let Self { decoder, read } = self;
        std::iter::from_fn(|| decoder.next(&mut chunk))
            .flatten()
            .filter_map(|event| read_event(event, *read))
            .collect()
    }
}

fn read_event(event: SseEvent, read: ReadEvent) -> Option<(u64, PublicEvent)> {
    let SseEvent::Message(MessageEvent { event: _, data, last_event_id }) = event else {
        return None;
    };
    Some((last_event_id?.parse().ok()?, read(serde_json::from_str(&data).ok()?)?))
}
