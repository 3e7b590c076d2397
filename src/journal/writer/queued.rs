//! A command in the queue, with who waits for its decision: a caller in this process, or a follower
//! through the inbox.

use std::error::Error;

use boathook_core::{deployment::error_chain, record::Acceptance};
use serde::Serialize;
use tokio::sync::oneshot;
use tracing::warn;

use crate::journal::{
    InboxAnswer, StoreError,
    writer::{
        command::{Command, Decision},
        pending_batch::PendingBatch,
    },
};

/// A command in the queue.
pub(in crate::journal) trait Queued: Send {
    /// The request that it is to accept, if it is about one.
    fn request(&self) -> Option<&Acceptance>;

    /// Adds it to the batch, if it is possible.
    fn decide(self: Box<Self>, batch: &mut PendingBatch<'_>) -> CommitCallback;
}

/// Answers the caller, once it is known whether the batch is on disk.
pub(super) type CommitCallback = Box<dyn FnOnce(&Result<(), StoreError>) + Send>;

/// Hears whether a batch is on disk; dropped if it was never tried to its end.
pub(in crate::journal) type Tried = oneshot::Sender<Result<(), StoreError>>;

/// A caller's.
pub(in crate::journal) struct Called<C: Command> {
    pub(in crate::journal) command: C,
    pub(in crate::journal) reply: oneshot::Sender<Result<C::Done, C::Error>>,
}

/// A follower's: the answer is written in the transaction of what it answers.
pub(in crate::journal) struct Received<C> {
    /// The id of the request.
    pub(in crate::journal) id: String,
    pub(in crate::journal) command: C,
    /// Hears whether the batch is on disk.
    pub(in crate::journal) tried: Tried,
}

impl<C: Command> Queued for Called<C> {
    fn request(&self) -> Option<&Acceptance> {
        self.command.request()
    }

    fn decide(self: Box<Self>, batch: &mut PendingBatch<'_>) -> CommitCallback {
        let Self { command, reply } = *self;
        let Decision { result, waits } = command.decide(batch);
        Box::new(move |written| {
            let result = match written {
                Err(error) if waits => Err(error.clone().into()),
                Ok(()) | Err(_) => result,
            };
            // A caller that has gone away needs no answer.
            let _ = reply.send(result);
        })
    }
}

impl<C: Command<Done: Serialize, Error: Serialize + Error>> Queued for Received<C> {
    fn request(&self) -> Option<&Acceptance> {
        self.command.request()
    }

    /// A store's error cannot be written down: it is no decision, and the request stays unanswered. It
    /// is tried again each second for as long as its sender waits.
    fn decide(self: Box<Self>, batch: &mut PendingBatch<'_>) -> CommitCallback {
        let Self { id, mut command, tried } = *self;
        command.received(batch.clock.now());
        let Decision { result, waits: _ } = command.decide(batch);
        match (serde_json::to_string(&result), &result) {
            (Ok(answer), _) => {
                batch.answer(InboxAnswer { id, answer, sequence: batch.live.last });
            }
            (Err(_), Err(error)) => {
                let reason = error_chain(error);
                warn!(request.id = id, reason, "A request from the inbox cannot be decided");
            }
            (Err(error), Ok(_)) => {
                warn!(request.id = id, reason = %error, "An answer cannot be written down");
            }
        }
        Box::new(move |written| {
            // It may have ended with its journal.
            let _ = tried.send(written.clone());
        })
    }
}
