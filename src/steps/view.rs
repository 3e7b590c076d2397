//! What a deployment sees of its namespace without asking: the feeds, which it shares with others.

use std::{
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use boathook_core::{
    deployment::{Namespace, RevisionName},
    rollout::Timeouts,
};
use tokio::time::Instant;

use crate::{
    cluster::{Event, Pod, Revision, Service},
    feeds::{Feed, FeedStatus, Feeds},
};

/// What a step waits for is also read directly, this often, whatever the feed says: a connection
/// may be dead without a sign.
pub(crate) const SAFETY: Duration = Duration::from_millis(1500);
/// The same where no feed can be read.
pub(crate) const DIRECTLY: Duration = Duration::from_millis(500);

/// The feeds of a deployment's namespace, from one step to the next.
pub struct View {
    pub(crate) services: Watched<Service>,
    pub(crate) revisions: Watched<Revision>,
    pub(crate) pods: Watched<Pod>,
    events: OnceLock<Watched<Event>>,
    feeds: Feeds,
    namespace: Namespace,
    timeouts: Timeouts,
    /// Whether the record says that a feed is not permitted.
    is_reported: AtomicBool,
}

/// A feed, and when its objects were last read directly.
pub(crate) struct Watched<T> {
    feed: Feed<T>,
    read: Mutex<Instant>,
}

impl View {
    /// Begins to read the feeds, or joins others who do.
    #[must_use]
    pub fn new(feeds: &Feeds, namespace: &Namespace, timeouts: &Timeouts) -> Self {
        Self {
            services: Watched::new(feeds.services(namespace, timeouts)),
            revisions: Watched::new(feeds.revisions(namespace, timeouts)),
            pods: Watched::new(feeds.pods(namespace, timeouts)),
            events: OnceLock::new(),
            feeds: feeds.clone(),
            namespace: namespace.clone(),
            timeouts: timeouts.clone(),
            is_reported: AtomicBool::new(false),
        }
    }

    /// The warnings, which most deployments never need.
    pub(crate) fn events(&self) -> &Watched<Event> {
        let begin = || Watched::new(self.feeds.warnings(&self.namespace, &self.timeouts));
        self.events.get_or_init(begin)
    }

    /// The revision as the feed has it; none if the feed does not, which proves nothing.
    pub(crate) fn revision(&self, name: &str) -> Option<Arc<Revision>> {
        self.revisions.known(|feed| feed.get(name))
    }

    /// The pods of a revision, if the feed follows them.
    pub(crate) fn pods_of(&self, revision: &RevisionName) -> Option<Vec<Pod>> {
        self.pods.known(|feed| {
            Some(feed.read(|state| {
                let pods = state.objects.values();
                let own = pods.filter(|pod| pod.revision() == revision.as_str());
                own.map(|pod| Pod::clone(pod)).collect()
            }))
        })
    }

    /// What the record has to say of feeds that are not permitted, once.
    pub(crate) fn not_permitted(&self) -> Option<String> {
        let of = |kind, status: Option<Arc<str>>| status.map(|why| (kind, why));
        let (kind, why) = of("services", self.services.forbidden())
            .or_else(|| of("revisions", self.revisions.forbidden()))
            .or_else(|| of("pods", self.pods.forbidden()))?;
        let is_first = !self.is_reported.swap(true, Ordering::Relaxed);
        is_first.then(|| {
            format!(
                "boathook may not watch the {kind} of namespace {}, and reads them again and again instead; `boathook rbac` prints the role: {why}",
                self.namespace
            )
        })
    }
}

impl<T> Watched<T> {
    fn new(feed: Feed<T>) -> Self {
        Self { feed, read: Mutex::new(Instant::now()) }
    }

    /// Another reader of the feed.
    pub(crate) fn feed(&self) -> Feed<T> {
        self.feed.clone()
    }

    /// What the feed says, if it follows and no direct read is due.
    pub(crate) fn known<R>(&self, read: impl FnOnce(&Feed<T>) -> Option<R>) -> Option<R> {
        let is_due = self.was_read().elapsed() >= SAFETY;
        if is_due || !self.feed.follows() { None } else { read(&self.feed) }
    }

    /// The feed is compared with what is read directly now.
    pub(crate) fn compare(&self, is_the_same: impl FnOnce(&Feed<T>) -> bool) {
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        if self.feed.follows() && !is_the_same(&self.feed) {
            self.feed.doubt();
        }
    }

    /// When it was last read directly.
    pub(crate) fn was_read(&self) -> Instant {
        *self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the feed is not permitted, if it is not.
    pub(crate) fn forbidden(&self) -> Option<Arc<str>> {
        self.feed.read(|state| match &state.status {
            FeedStatus::Forbidden(why) => Some(Arc::clone(why)),
            FeedStatus::Begins | FeedStatus::Follows | FeedStatus::Interrupted(_) => None,
        })
    }
}
