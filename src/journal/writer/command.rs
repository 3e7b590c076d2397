//! What can be written: each command is a value, apart from how its caller hears of the decision.

use boathook_core::record::Acceptance;
use jiff::Timestamp;

use crate::journal::{StoreError, writer::pending_batch::PendingBatch};

/// One thing to be written.
pub(in crate::journal) trait Command: Send + 'static {
    type Done: Send + 'static;
    type Error: From<StoreError> + Send + 'static;

    /// The request that it is to accept, if it is about one.
    fn request(&self) -> Option<&Acceptance> {
        None
    }

    /// It comes from another node, whose clock does not count here: what happens happens now.
    fn received(&mut self, _now: Timestamp) {}

    /// Adds it to the batch, if it is possible. What is refused leaves the batch as it was.
    fn decide(self, batch: &mut PendingBatch<'_>) -> Decision<Self::Done, Self::Error>;
}

/// What became of a command, if the batch reaches the disk.
pub(in crate::journal) struct Decision<T, E> {
    pub(in crate::journal) result: Result<T, E>,
    /// Whether it is about something that the batch changes: then it waits for the disk. Any other
    /// answer can be given even while nothing can be written.
    pub(in crate::journal) waits: bool,
}

impl<T, E> Decision<T, E> {
    /// It waits for the disk.
    pub(super) const fn waiting(result: Result<T, E>) -> Self {
        Self { result, waits: true }
    }
}
