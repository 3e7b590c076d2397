//! What readers see of a feed.

use std::{collections::BTreeMap, future::pending, sync::Arc};

use tokio::sync::{Notify, watch};

/// What a feed knows now.
#[derive(Debug)]
pub struct FeedState<T> {
    /// The objects by name, as they were last read.
    pub objects: BTreeMap<String, Arc<T>>,
    /// Whether that is how they are.
    pub status: FeedStatus,
}

/// Whether a feed follows what happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedStatus {
    /// Not yet: it has just begun.
    Begins,
    /// It does, as far as it can know: a connection may be dead without a sign.
    Follows,
    /// It cannot now, and tries again: why.
    Interrupted(Arc<str>),
    /// It is not permitted: what the API server said.
    Forbidden(Arc<str>),
}

/// A feed, for one reader. It ends some seconds after its last reader was dropped.
#[derive(Debug)]
pub struct Feed<T> {
    state: watch::Receiver<FeedState<T>>,
    doubts: Arc<Notify>,
}

impl<T> Feed<T> {
    pub(super) const fn new(state: watch::Receiver<FeedState<T>>, doubts: Arc<Notify>) -> Self {
        Self { state, doubts }
    }

    /// Reads what is known now. No feed can go on meanwhile.
    pub fn read<R>(&self, read: impl FnOnce(&FeedState<T>) -> R) -> R {
        read(&self.state.borrow())
    }

    /// The object of this name, as it was last seen.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Arc<T>> {
        self.read(|state| state.objects.get(name).cloned())
    }

    /// Whether the feed follows what happens.
    #[must_use]
    pub fn follows(&self) -> bool {
        self.read(|state| state.status == FeedStatus::Follows)
    }

    /// Returns when something may have changed since the last call; a new reader has seen nothing.
    pub async fn changed(&mut self) {
        if self.state.changed().await.is_err() {
            // Nobody reads the cluster any more; other ways to wait go on.
            pending().await
        }
    }

    /// Says that an object was read that the feed should know by now: its watch may be dead, and
    /// begins anew.
    pub fn doubt(&self) {
        self.doubts.notify_one();
    }
}

/// Another reader of the same feed.
impl<T> Clone for Feed<T> {
    fn clone(&self) -> Self {
        let mut state = self.state.clone();
        state.mark_changed();
        Self { state, doubts: Arc::clone(&self.doubts) }
    }
}

impl<T> Default for FeedState<T> {
    fn default() -> Self {
        Self { objects: BTreeMap::new(), status: FeedStatus::Begins }
    }
}
