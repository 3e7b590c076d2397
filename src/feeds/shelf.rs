//! The feeds of one kind, by namespace.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use boathook_core::deployment::Namespace;
use tokio::{
    sync::{Notify, watch},
    time::sleep,
};

use crate::feeds::{Feed, FeedObject, FeedState, reading::Reading, reflector::Reflector};

/// How long a feed goes on without a reader: the next deployment in its namespace may come soon.
const LINGER: Duration = Duration::from_secs(10);

/// The feeds that run.
pub(super) struct Shelf<T>(Arc<Mutex<HashMap<Namespace, Running<T>>>>);

struct Running<T> {
    state: Arc<watch::Sender<FeedState<T>>>,
    doubts: Arc<Notify>,
}

impl<T: FeedObject> Shelf<T> {
    /// A reader of the feed of a namespace, which begins with its first one.
    pub(super) fn subscribe(&self, reading: impl FnOnce() -> Reading, of: &Namespace) -> Feed<T> {
        let mut running = self.running();
        let Running { state, doubts } = running.entry(of.clone()).or_insert_with(|| {
            let state = Arc::new(watch::Sender::new(FeedState::default()));
            let doubts = Arc::new(Notify::new());
            let reflector = Reflector {
                reading: reading(),
                state: Arc::clone(&state),
                doubts: Arc::clone(&doubts),
            };
            tokio::spawn(self.clone().keep(reflector));
            Running { state, doubts }
        });
        let mut reader = state.subscribe();
        reader.mark_changed();
        Feed::new(reader, Arc::clone(doubts))
    }

    /// Runs a feed as long as it has readers.
    async fn keep(self, reflector: Reflector<T>) {
        tokio::select! {
            () = reflector.run() => {}
            () = self.until_unused(&reflector) => {}
        }
    }

    async fn until_unused(&self, reflector: &Reflector<T>) {
        loop {
            reflector.state.closed().await;
            sleep(LINGER).await;
            // Nobody can subscribe meanwhile.
            let mut running = self.running();
            if reflector.state.is_closed() {
                running.remove(&reflector.reading.namespace);
                return;
            }
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<Namespace, Running<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Clone for Shelf<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}
