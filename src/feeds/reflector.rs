//! Keeps a feed: lists, then watches from there, and again when the watch ends.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use boathook_core::rate::Backoff;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep, timeout_at},
};
use tracing::{debug, warn};

use crate::feeds::{
    FeedObject, FeedState, FeedStatus, event::WatchEvent, reading::Reading, trouble::Trouble,
};

/// Pauses between attempts. The longest is part of the time that a failure may cost a deployment.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(1));
/// The pause after a refusal of access, or where there are too many objects: someone has to change
/// that first.
const REFUSED_PAUSE: Duration = Duration::from_secs(15);
/// The longest pause that the API server may ask for.
const ASKED_MAX: Duration = Duration::from_secs(5);
/// How much longer than it should a watch may stay open before it counts as dead.
const OVERTIME: Duration = Duration::from_secs(5);
/// A watch that ended sooner and said nothing may be one that never says anything.
const SHORT: Duration = Duration::from_secs(5);
/// The most objects that a feed keeps. Deployments in a larger namespace read directly.
const OBJECTS_MAX: usize = 10_000;

/// Reads one kind of objects in one namespace, as long as it runs.
pub(super) struct Reflector<T> {
    pub(super) reading: Reading,
    pub(super) state: Arc<watch::Sender<FeedState<T>>>,
    pub(super) doubts: Arc<Notify>,
}

/// How a watch ended that had no error.
#[derive(PartialEq, Eq)]
enum End {
    /// The next one goes on from its version.
    GoesOn,
    /// Everything is listed again: it ended at once and silently, and the next one may too; the
    /// connection was cut, and the next one may lead to another API server; or it missed something.
    ListsAgain,
}

impl<T: FeedObject> Reflector<T> {
    /// Lists and watches; never returns.
    pub(super) async fn run(&self) {
        let mut backoff = BACKOFF;
        loop {
            let trouble = match self.list().await {
                Ok(version) => self.follow(version, &mut backoff).await,
                Err(trouble) => Some(trouble),
            };
            self.pause(&mut backoff, trouble).await;
        }
    }

    /// Watches from one end to the next, until everything has to be listed again; says why.
    async fn follow(&self, mut version: String, backoff: &mut Backoff) -> Option<Trouble> {
        loop {
            match self.watch(&mut version, backoff).await {
                Ok(End::GoesOn) => {
                    debug!(namespace = %self.reading.namespace, "The watch of {} goes on", T::KIND);
                    sleep(backoff.pause()).await;
                }
                Ok(End::ListsAgain) => return None,
                Err(trouble) => return Some(trouble),
            }
        }
    }

    /// Reads all objects, and returns their version.
    async fn list(&self) -> Result<String, Trouble> {
        let mut objects = BTreeMap::new();
        let mut token = String::new();
        loop {
            let page = self.reading.page::<T>(&token).await?;
            objects.extend(page.objects);
            check_number::<T>(objects.len())?;
            if page.next.is_empty() {
                self.state.send_modify(|state| state.objects = objects);
                return Ok(page.version);
            }
            token = page.next;
        }
    }

    /// One watch, from its beginning to its end.
    async fn watch(&self, version: &mut String, backoff: &mut Backoff) -> Result<End, Trouble> {
        let mut events = self.reading.watch::<T>(version).await?;
        let began = Instant::now();
        let until = began + self.reading.limits.watch + OVERTIME;
        self.is(FeedStatus::Follows);
        // What was doubted during the list is in it.
        let _ = self.doubts.notified().now_or_never();
        let mut end = End::ListsAgain;
        loop {
            let event = tokio::select! {
                event = timeout_at(until, events.next()) => event,
                // What it missed may be older than its version.
                () = self.doubts.notified() => return Ok(End::ListsAgain),
            };
            let document = match event {
                Ok(Some(Ok(document))) => document,
                Ok(Some(Err(_))) => return Ok(End::ListsAgain),
                Ok(None) | Err(_) => break,
            };
            let (event, seen) = WatchEvent::parse(&document)?;
            if !seen.is_empty() {
                *version = seen;
            }
            if self.take(event)? {
                backoff.reset();
                end = End::GoesOn;
            }
        }
        if began.elapsed() < SHORT {
            return Ok(end);
        }
        backoff.reset();
        Ok(End::GoesOn)
    }

    /// Shows an event to the readers; whether there was one to show.
    fn take(&self, event: WatchEvent<T>) -> Result<bool, Trouble> {
        let (name, object) = match event {
            WatchEvent::Is { name, object } => (name, object.map(Arc::new)),
            WatchEvent::Gone { name } => (name, None),
            WatchEvent::Bookmark => return Ok(false),
        };
        let mut number = 0;
        self.state.send_modify(|state| {
            match object {
                Some(object) => drop(state.objects.insert(name, object)),
                None => drop(state.objects.remove(&name)),
            }
            number = state.objects.len();
        });
        check_number::<T>(number).map(|()| true)
    }

    /// Waits before the next list, and says why there is one if that is more than the end of a
    /// watch.
    async fn pause(&self, backoff: &mut Backoff, trouble: Option<Trouble>) {
        let pause = backoff.pause();
        let pause = match trouble {
            None | Some(Trouble::Expired) => pause,
            Some(Trouble::Forbidden(words)) => {
                self.is(FeedStatus::Forbidden(words.into()));
                REFUSED_PAUSE
            }
            Some(Trouble::TooMany(words)) => {
                self.is(FeedStatus::Interrupted(words.into()));
                REFUSED_PAUSE
            }
            Some(Trouble::Unread { words, retry_after }) => {
                self.is(FeedStatus::Interrupted(words.into()));
                pause.max(retry_after.unwrap_or_default().min(ASKED_MAX))
            }
        };
        sleep(pause).await;
    }

    /// Shows the status to the readers, and logs when it becomes another one.
    fn is(&self, status: FeedStatus) {
        let namespace = &self.reading.namespace;
        self.state.send_if_modified(|state| {
            if state.status == status {
                return false;
            }
            match (&state.status, &status) {
                (FeedStatus::Interrupted(_), FeedStatus::Interrupted(_)) => {}
                (_, FeedStatus::Interrupted(why) | FeedStatus::Forbidden(why)) => {
                    warn!(%namespace, why = &**why, "Cannot watch the {}", T::KIND);
                }
                (_, FeedStatus::Begins | FeedStatus::Follows) => {
                    debug!(%namespace, "Watches the {}", T::KIND);
                }
            }
            state.status = status;
            true
        });
    }
}

fn check_number<T: FeedObject>(number: usize) -> Result<(), Trouble> {
    if number <= OBJECTS_MAX {
        return Ok(());
    }
    Err(Trouble::TooMany(format!("the namespace has more than {OBJECTS_MAX} {}", T::KIND)))
}
