//! The requests of a follower that have no answer yet.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use tokio::{sync::oneshot, time::Instant};

use crate::journal::{
    StoreError,
    store::{inbox::OutgoingRequest, new_name},
};

/// Requests that may wait at the same time, and their bytes together.
const WAITING_MAX: usize = 1024;
const BYTES_MAX: usize = 64 << 20;
/// Requests that are put in at once, and their bytes; a larger one goes alone.
const PUT_MAX: usize = 256;
const PUT_BYTES_MAX: usize = 1 << 20;

/// How a caller hears of the decision.
type Reply = oneshot::Sender<Result<String, StoreError>>;

/// The requests that have no answer yet.
#[derive(Default)]
pub(super) struct Waiting {
    requests: HashMap<String, WaitingCaller>,
    /// Those that are not in the inbox yet.
    unsent: VecDeque<UnsentRequest>,
    bytes: usize,
    /// Whether somebody is putting them in.
    pub(super) is_served: bool,
}

struct UnsentRequest {
    id: String,
    command: String,
    /// From then on it is taken back.
    until: Instant,
}

struct WaitingCaller {
    reply: Reply,
    since: Instant,
    bytes: usize,
    place: Place,
}

/// Whether a request is in the inbox.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It is not, or nobody knows.
    Unknown,
    In,
    /// Nobody knows, and nobody is at work on it.
    Uncertain,
}

impl Waiting {
    /// Takes a request that has so much time, if there is room for it.
    pub(super) fn add(
        &mut self,
        command: String,
        reply: Reply,
        patience: Duration,
    ) -> Result<(), StoreError> {
        let bytes = command.len();
        if self.requests.len() >= WAITING_MAX || self.bytes + bytes > BYTES_MAX {
            return Err(StoreError::InboxFull);
        }
        let id = new_name()?;
        let caller = WaitingCaller { reply, since: Instant::now(), bytes, place: Place::Unknown };
        self.requests.insert(id.clone(), caller);
        self.unsent.push_back(UnsentRequest { id, command, until: Instant::now() + patience });
        self.bytes += bytes;
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// The oldest requests that are not in the inbox yet.
    pub(super) fn next_unsent(&mut self) -> Vec<OutgoingRequest> {
        let mut bytes = 0;
        let fit = self.unsent.iter().take(PUT_MAX).take_while(|unsent| {
            let is_first = bytes == 0;
            bytes += unsent.command.len();
            is_first || bytes <= PUT_BYTES_MAX
        });
        let count = fit.count();
        let taken = self.unsent.drain(..count).map(|UnsentRequest { id, command, until }| {
            let left = until.saturating_duration_since(Instant::now()).as_millis();
            OutgoingRequest { id, command, left_ms: u64::try_from(left).unwrap_or(u64::MAX) }
        });
        taken.collect()
    }

    /// These were put in, or were not.
    pub(super) fn note_put(&mut self, these: &[OutgoingRequest], put: &Result<(), StoreError>) {
        for OutgoingRequest { id, .. } in these {
            match put {
                Ok(()) => self.note_place(id, Place::In),
                Err(error) if error.is_uncertain() => self.note_place(id, Place::Uncertain),
                Err(error) => self.reply(id, Err(error.clone())),
            }
        }
    }

    fn note_place(&mut self, id: &str, place: Place) {
        if let Some(caller) = self.requests.get_mut(id) {
            caller.place = place;
        }
    }

    /// Those that have waited so long, or of which nobody knows whether they are in the inbox.
    pub(super) fn overdue(&self, within: Duration) -> Vec<String> {
        self.those(|caller| caller.place == Place::Uncertain || caller.since.elapsed() >= within)
    }

    /// Those that have waited so long.
    pub(super) fn waited(&self, within: Duration) -> Vec<String> {
        self.those(|caller| caller.since.elapsed() >= within)
    }

    fn those(&self, wanted: impl Fn(&WaitingCaller) -> bool) -> Vec<String> {
        let found = self.requests.iter().filter(|(_, caller)| wanted(caller));
        found.map(|(id, _)| id.clone()).collect()
    }

    /// Whether the request was surely put in, so that its row may be removed: one that may come later
    /// must find its place taken.
    pub(super) fn is_in(&self, id: &str) -> bool {
        self.requests.get(id).is_some_and(|caller| caller.place == Place::In)
    }

    /// Answers a caller, if there is one. One that has gone away needs no answer.
    pub(super) fn reply(&mut self, id: &str, answer: Result<String, StoreError>) {
        if let Some(caller) = self.requests.remove(id) {
            self.bytes -= caller.bytes;
            let _ = caller.reply.send(answer);
        }
        self.unsent.retain(|unsent| unsent.id != id);
    }
}
