//! How far a relay's stream was read. It is kept in the journal, once it is known what became of the
//! event, so a start goes on after the last one. An event that comes again is a repeat.

use std::time::Duration;

use boathook_core::{deployment::error_chain, rate::Backoff};
use sha2::{Digest as _, Sha256};
use tokio::time::sleep;
use tracing::warn;

use crate::{
    config::RelayConfig,
    journal::{Journal, StoreError},
    sources::relay::stream_id::StreamId,
};

/// What the names of all relays in the journal begin with.
pub const SOURCES: &str = "relay:";
/// Pauses while the journal cannot be read.
const BACKOFF: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60));
/// Bytes of a channel's digest: another channel is read from its own beginning.
const DIGEST_BYTES: usize = 8;

/// How far a relay's stream was read.
pub(super) struct Position {
    journal: Journal,
    source: String,
    last: Option<StreamId>,
    is_in_trouble: bool,
}

impl Position {
    /// Where an earlier connection, of this process or another, left off; waits until the journal can be
    /// read, because what is not known to be read would be skipped.
    pub(super) async fn read(journal: Journal, config: &RelayConfig) -> Self {
        let source = source_of(config);
        let mut position = Self { journal, source, last: None, is_in_trouble: false };
        let mut backoff = BACKOFF;
        loop {
            match position.journal.source_cursor(&position.source).await {
                Ok(known) => {
                    position.last = known.map(StreamId::at);
                    return position;
                }
                Err(error) => position.failed(&error),
            }
            sleep(backoff.pause()).await;
        }
    }

    /// Whether an event has an id of its own: one without gets that of the event before, and the relay
    /// does not send it again.
    pub(super) fn is_before(&self, id: Option<&str>) -> bool {
        id.and_then(StreamId::parse).is_some_and(|id| Some(id) != self.last)
    }

    /// The id of the last event of which it is known what became.
    pub(super) fn last_event_id(&self) -> Option<String> {
        self.last.map(|id| id.to_string())
    }

    /// Goes on to an event; its id is on disk then, unless the journal cannot be written.
    pub(super) async fn advance(&mut self, id: &str) {
        let id = StreamId::parse(id).filter(|id| Some(*id) != self.last);
        let Some((id, position)) = id.and_then(|id| Some((id, id.position()?))) else { return };
        // A relay that begins again counts from its own clock, which may be behind.
        let is_behind = self.last.is_some_and(|last| id < last);
        self.last = Some(id);
        match self.keep(position, is_behind).await {
            Ok(()) => self.is_in_trouble = false,
            Err(error) => self.failed(&error),
        }
    }

    async fn keep(&self, position: u64, is_behind: bool) -> Result<(), StoreError> {
        if is_behind {
            self.journal.forget_source(&self.source).await?;
        }
        self.journal.keep_source_cursor(&self.source, position).await
    }

    /// Says once that it is in memory alone.
    fn failed(&mut self, error: &StoreError) {
        if !self.is_in_trouble {
            let cause = error_chain(error);
            warn!(cause, "The journal cannot say or keep how far a relay was read");
        }
        self.is_in_trouble = true;
    }
}

/// A relay's name in the journal. The channel's address is a secret.
#[must_use]
pub fn source_of(config: &RelayConfig) -> String {
    let digest = Sha256::digest(config.events_url().as_str());
    format!("{SOURCES}{}:{}", config.name, hex::encode(&digest[..DIGEST_BYTES]))
}
