//! To the audit log, what no record of the journal has: refusals, with separate limits for
//! unauthenticated and authenticated senders, reloads, the proxy that reads the API server, and pulls for others.
//!
//! Each kind gets a limited number of lines; one line a minute counts the others. Nobody can fill
//! the disk, and unauthenticated senders cannot displace the refusals of authenticated ones.

use boathook_core::{
    api_server::ProxyEvent,
    deployment::{DeploymentId, ImageRef},
    rollout::PullResult,
};
use jiff::Timestamp;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tracing::warn;

use crate::observers::audit::{
    Refused,
    entry::Entry,
    refusal_channel::{RefusalChannel, RefusalSender},
    reload::Reload,
};

/// Other lines that may wait for the disk.
const OTHERS_MAX: usize = 64;

/// Who was refused; each kind has its own limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Unauthenticated.
    Unauthenticated,
    /// A sender with a valid signature, or an operator.
    Authenticated,
}

/// Takes refusals; clones are cheap and share one log.
#[derive(Clone, Debug)]
pub struct Refusals {
    unauthenticated: RefusalSender,
    known: RefusalSender,
    others: Sender<Entry>,
}

/// The receiving half: the lines for the log.
#[derive(Debug)]
pub struct RefusalQueue {
    unauthenticated: RefusalChannel,
    known: RefusalChannel,
    others: Receiver<Entry>,
    taken: Vec<Entry>,
}

impl Refusals {
    #[must_use]
    pub fn channel() -> (Self, RefusalQueue) {
        let (unauthenticated, of_unauthenticated) = RefusalChannel::channel();
        let (known, of_known) = RefusalChannel::channel();
        let (sender, others) = channel(OTHERS_MAX);
        let queue = RefusalQueue {
            unauthenticated: of_unauthenticated,
            known: of_known,
            others,
            taken: Vec::new(),
        };
        (Self { unauthenticated, known, others: sender }, queue)
    }

    /// Notes that the configuration was read again.
    pub(crate) fn note_reload(&self, reload: Reload) {
        self.note_other(Entry::reloaded(reload));
    }

    /// Notes a start or an end of the proxy that reads the API server.
    pub(crate) fn note_proxy(&self, at: Timestamp, event: &ProxyEvent) {
        self.note_other(Entry::of_proxy(at, event));
    }

    /// Notes a pull for a deployment that another boathook carries out.
    pub(crate) fn note_pull(
        &self,
        at: Timestamp,
        deployment: &DeploymentId,
        image: &ImageRef,
        result: &PullResult,
    ) {
        self.note_other(Entry::of_pull(at, deployment, image, result));
    }

    fn note_other(&self, entry: Entry) {
        let what = entry.what;
        if self.others.try_send(entry).is_err() {
            warn!(what, "A line was not written to the audit log: too many wait for the disk");
        }
    }

    /// Records a refusal if the limit allows a line, and otherwise counts it. A line that is not
    /// written is never built.
    pub fn note(&self, whose: Whose, status: u16, make: impl FnOnce() -> Refused) {
        match whose {
            Whose::Unauthenticated => self.unauthenticated.note(status, make),
            Whose::Authenticated => self.known.note(status, make),
        }
    }
}

impl RefusalQueue {
    /// Returns when there is something to take; may be dropped at any time.
    pub(super) async fn ready(&mut self) {
        tokio::select! {
            () = self.unauthenticated.ready() => {}
            () = self.known.ready() => {}
            Some(entry) = self.others.recv() => self.taken.push(entry),
        }
    }

    /// The lines to write now; at the `last` call, all of them.
    pub(super) fn take(&mut self, now: Timestamp, last: bool) -> Vec<Entry> {
        let mut entries = self.unauthenticated.take(now, last);
        entries.extend(self.known.take(now, last));
        let waiting = std::iter::from_fn(|| self.others.try_recv().ok());
        entries.extend(self.taken.drain(..).chain(waiting).take(OTHERS_MAX + 1));
        entries.sort_by_key(|entry| entry.at);
        entries
    }
}
