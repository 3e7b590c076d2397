//! From the listeners to the audit log: reloads and refusals, with separate limits for unauthenticated and authenticated senders.
//!
//! Each kind gets a limited number of lines; one line a minute counts the others. So nobody can fill the disk, and unauthenticated
//! senders cannot displace the refusals of authenticated ones.

use std::net::IpAddr;

use jiff::Timestamp;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tracing::warn;

use crate::observers::audit::{
    entry::Entry,
    refusal_channel::{RefusalChannel, RefusalSender},
    reload::Reload,
};

/// Reloads that may wait for the disk.
const RELOADS_MAX: usize = 64;

/// A request that became no deployment.
#[derive(Clone, Debug)]
pub struct Refused {
    pub at: Timestamp,
    /// Where it came from.
    pub client: Option<IpAddr>,
    /// The id of the secret that signed it; none if no signature was found to be good.
    pub signed_by: Option<String>,
    /// The user of a refused command on the operator's socket.
    pub operator: Option<String>,
    pub method: String,
    /// Its path, without what follows a `?`.
    pub path: String,
    /// `X-GitHub-Delivery`, as sent.
    pub delivery: Option<String>,
    /// The status code of the answer.
    pub status: u16,
    pub reason: String,
}

/// Who was refused: what the one does never hides the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Unauthenticated.
    Unauthenticated,
    /// A sender whose signature was good, or an operator.
    Authenticated,
}

/// Takes refusals; handles are cheap, and all lead to the same log.
#[derive(Clone, Debug)]
pub struct Refusals {
    strangers: RefusalSender,
    known: RefusalSender,
    reloads: Sender<Reload>,
}

/// The other end: what of it goes into the log.
#[derive(Debug)]
pub struct RefusalQueue {
    strangers: RefusalChannel,
    known: RefusalChannel,
    reloads: Receiver<Reload>,
    reloaded: Vec<Reload>,
}

impl Refusals {
    #[must_use]
    pub fn channel() -> (Self, RefusalQueue) {
        let ((strangers, of_strangers), (known, of_known)) = (RefusalChannel::channel(), RefusalChannel::channel());
        let (sender, reloads) = channel(RELOADS_MAX);
        let queue = RefusalQueue { strangers: of_strangers, known: of_known, reloads, reloaded: Vec::new() };
        (Self { strangers, known, reloads: sender }, queue)
    }

    /// Notes that the configuration was read again.
    pub fn note_reload(&self, reload: Reload) {
        if self.reloads.try_send(reload).is_err() {
            warn!("A reload has no line in the audit log: too many wait for the disk");
        }
    }

    /// Records a refusal if the limit allows a line, and otherwise counts it; returns which. A line that is not written is never built.
    pub fn note(&self, whose: Whose, status: u16, make: impl FnOnce() -> Refused) -> bool {
        match whose {
            Whose::Unauthenticated => self.strangers.note(status, make),
            Whose::Authenticated => self.known.note(status, make),
        }
    }
}

impl RefusalQueue {
    /// Returns when there is something to take; may be dropped at any time.
    pub(super) async fn ready(&mut self) {
        tokio::select! {
            () = self.strangers.ready() => {}
            () = self.known.ready() => {}
            Some(reload) = self.reloads.recv() => self.reloaded.push(reload),
        }
    }

    /// What goes into the log now; at the `last` call all of it.
    pub(super) fn take(&mut self, now: Timestamp, last: bool) -> Vec<Entry> {
        let mut entries = self.strangers.take(now, last);
        entries.extend(self.known.take(now, last));
        let waiting = std::iter::from_fn(|| self.reloads.try_recv().ok());
        entries.extend(self.reloaded.drain(..).chain(waiting).take(RELOADS_MAX + 1).map(Entry::reloaded));
        entries.sort_by_key(|entry| entry.at);
        entries
    }
}
