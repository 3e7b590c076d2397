//! The writes that wait to be committed.

use std::collections::VecDeque;

use tokio::sync::OwnedSemaphorePermit;

use crate::journal::writer::queued::Queued;

/// Writes that may wait; later ones wait outside the queue.
pub(super) const WAITING_MAX: usize = 1024;

/// The writes that wait, each with its place in the queue.
#[derive(Default)]
pub(super) struct Queue {
    pub(super) waiting: VecDeque<(Box<dyn Queued>, OwnedSemaphorePermit)>,
    /// Whether somebody is at work on them.
    pub(super) is_served: bool,
}
