//! One connection to a relay: bytes become messages.

use std::{num::NonZeroUsize, time::Duration};

use bytes::Bytes;
use futures_util::StreamExt;
use sse_core::{MessageEvent, PayloadTooLargeError, SseDecoder, SseEvent};
use tokio::time::timeout;

use crate::{
    config::RelayKind,
    sealing,
    sources::relay::{
        dialect::{self, Message, Unreadable},
        transport::{Bytestream, ConnectError},
    },
};

/// How long a relay may be silent. Both kinds write something every 30 s.
const SILENCE_MAX: Duration = Duration::from_secs(75);
/// Bytes for the headers of a webhook, and what else an event has besides the body.
const ROOM_FOR_HEADERS: usize = 32 << 10;

/// One connection to a relay.
pub struct Subscription {
    kind: RelayKind,
    bytes: Bytestream,
    chunk: Bytes,
    decoder: SseDecoder,
    body_max: usize,
}

impl Subscription {
    /// Reads what comes over a connection, with bodies of up to `body_max` bytes.
    #[must_use]
    pub fn new(kind: RelayKind, bytes: Bytestream, body_max: usize) -> Self {
        let sealed_max = sealing::sealed_max(body_max);
        let event_max =
            NonZeroUsize::MIN.saturating_add(ROOM_FOR_HEADERS + sealed_max.div_ceil(3) * 4);
        let decoder = SseDecoder::with_limit(event_max);
        Self { kind, bytes, chunk: Bytes::new(), decoder, body_max }
    }

    /// The next event, once it is whole.
    pub async fn next(&mut self) -> Result<Received, End> {
        loop {
            while let Some(event) = self.decoder.next(&mut self.chunk) {
                match event {
                    Ok(SseEvent::Message(message)) => return Ok(self.received(&message)),
                    Ok(SseEvent::Retry(_)) => {}
                    Err(PayloadTooLargeError) => {
                        return Ok(Received { content: Err(Spoilt::TooLarge), resume_id: None });
                    }
                }
            }
            let more = timeout(SILENCE_MAX, self.bytes.next()).await;
            self.chunk = more.map_err(|_| End::Silent)?.ok_or(End::Closed)??;
        }
    }

    fn received(&self, message: &MessageEvent) -> Received {
        let MessageEvent { event, data, last_event_id } = message;
        let content = match dialect::read(self.kind, event, data) {
            Ok(Message::Webhook(webhook)) if webhook.body.len() > self.max(&webhook.body) => {
                Err(Spoilt::TooLarge)
            }
            read => read.map_err(Spoilt::from),
        };
        let resume_id = last_event_id.as_deref().filter(|id| dialect::resumes(self.kind, id));
        Received { content, resume_id: resume_id.map(str::to_owned) }
    }
}

impl Subscription {
    /// Bytes that a body may have: a sealed one, as many as it needs to open to `body_max`.
    fn max(&self, body: &[u8]) -> usize {
        if sealing::is_sealed(body) { sealing::sealed_max(self.body_max) } else { self.body_max }
    }
}

/// Something that a relay wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The event's content.
    pub content: Result<Message, Spoilt>,
    /// The event's id, if it means something to another connection too.
    pub resume_id: Option<String>,
}

/// Why an event is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Spoilt {
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The body, or the whole event.
    #[error("it is larger than `server.max_body_bytes` allows")]
    TooLarge,
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub enum End {
    #[error("the relay ended the connection")]
    Closed,
    #[error("nothing came for {} s", SILENCE_MAX.as_secs())]
    Silent,
    /// boathook ended it, because the relay keeps the event for the next connection.
    #[error("boathook cannot take its events now")]
    NotNow,
    #[error(transparent)]
    Broken(#[from] ConnectError),
}
