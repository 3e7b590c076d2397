//! How often the `kubectl proxy` that reads the API server ended. Its life is in the audit log, and
//! not in the journal.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use boathook_core::api_server::ProxyEvent;

/// Counts ends since the program started; clones are cheap and share one count.
#[derive(Clone, Debug, Default)]
pub struct ProxyEnds(Arc<Ends>);

#[derive(Debug, Default)]
struct Ends {
    by_boathook: AtomicU64,
    by_itself: AtomicU64,
}

impl ProxyEnds {
    /// Counts one more if it is an end.
    pub fn note(&self, event: &ProxyEvent) {
        let ended = match event {
            ProxyEvent::Started { .. } => return,
            ProxyEvent::Ended { reason: Some(_), .. } => &self.0.by_boathook,
            ProxyEvent::Ended { reason: None, .. } => &self.0.by_itself,
        };
        ended.fetch_add(1, Ordering::Relaxed);
    }

    /// The number of ends by who ended it.
    pub(super) fn counts(&self) -> [(&'static str, u64); 2] {
        let Ends { by_boathook, by_itself } = &*self.0;
        [("boathook", by_boathook), ("itself", by_itself)]
            .map(|(by, count)| (by, count.load(Ordering::Relaxed)))
    }
}
