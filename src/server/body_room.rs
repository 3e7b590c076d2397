//! Memory for large bodies: the total that unauthenticated senders may use.

use boathook_core::deployment::BODY_MAX;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::server::ApiError;

/// Bytes that every body has room for: deployments are smaller, so they never wait for someone
/// else's large body.
const EACH: usize = 16 << 10;
/// Bytes of large bodies, over all connections: a few of the largest that may be configured.
const TOGETHER: usize = 4 * BODY_MAX;

/// The bytes beyond the first few of each body that are still free.
#[derive(Debug)]
pub struct BodyRoom(Semaphore);

/// The room that one body has taken; it is free again when this is dropped.
pub struct Taken<'a> {
    room: &'a BodyRoom,
    bytes: usize,
    held: Option<SemaphorePermit<'a>>,
}

impl BodyRoom {
    /// The room for all connections.
    #[must_use]
    pub const fn new() -> Self {
        Self(Semaphore::const_new(TOGETHER))
    }

    /// Room for a body that has not begun.
    pub const fn enter(&self) -> Taken<'_> {
        Taken { room: self, bytes: 0, held: None }
    }
}

impl Default for BodyRoom {
    fn default() -> Self {
        Self::new()
    }
}

impl Taken<'_> {
    /// Reserves room for a body of this size.
    pub fn hold(&mut self, bytes: usize) -> Result<(), ApiError> {
        let beyond = |bytes: usize| bytes.saturating_sub(EACH);
        let more =
            u32::try_from(beyond(bytes).saturating_sub(beyond(self.bytes))).unwrap_or(u32::MAX);
        let permit = self.room.0.try_acquire_many(more).map_err(|_| ApiError::NoRoom)?;
        self.bytes = self.bytes.max(bytes);
        match &mut self.held {
            Some(held) => held.merge(permit),
            None => self.held = Some(permit),
        }
        Ok(())
    }
}
