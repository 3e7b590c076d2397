//! A watch that was begun, until it times out or is broken: what every front sends of it.

use std::{collections::VecDeque, future::pending, time::Duration};

use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::{
    Breakage, Kind, Status, Watch,
    api_server::{query::Query, watch_events},
};

/// How often a watch says how far it is.
const BOOKMARKS: Duration = Duration::from_secs(60);
/// It says it once more so long before it times out.
const BEFORE_THE_END: Duration = Duration::from_secs(2);
/// What comes of an event in whose middle the connection is cut.
pub const HALF_AN_EVENT: &str = r#"{"type":"MODIFIED","object":{"metadata":{"na"#;

/// What a watch sends.
#[derive(Clone, Debug, PartialEq)]
pub enum Sent {
    Event(Value),
    /// [`HALF_AN_EVENT`], and then the connection is cut.
    Half,
}

/// A watch under way.
#[derive(Debug)]
pub struct OpenWatch {
    watch: Watch,
    kind: Kind,
    ends: Instant,
    /// When it says next how far it is, if it does.
    bookmark: Option<Instant>,
    /// What is left to say of a broken watch.
    last: VecDeque<Sent>,
    is_over: bool,
}

impl OpenWatch {
    /// As `query` asks for it.
    #[must_use]
    pub fn new(watch: Watch, kind: Kind, query: &Query) -> Self {
        let ends = Instant::now() + query.watch_length();
        let bookmark = query.allow_watch_bookmarks.then(|| next_bookmark(ends)).flatten();
        Self { watch, kind, ends, bookmark, last: VecDeque::new(), is_over: false }
    }

    /// The next thing that it sends; none once it has ended.
    pub async fn next(&mut self) -> Option<Sent> {
        if self.is_over {
            return self.last.pop_front();
        }
        loop {
            let until = self.bookmark.map_or(self.ends, |bookmark| bookmark.min(self.ends));
            match timeout_at(until, self.watch.next()).await {
                Ok(Some(event)) => return Some(Sent::Event(event.to_json())),
                Ok(None) => {
                    self.is_over = true;
                    self.last.extend(self.watch.broken().and_then(last_of));
                    return self.last.pop_front();
                }
                Err(_) if self.watch.broken() == Some(Breakage::Freezes) => pending().await,
                Err(_) if until == self.ends => return None,
                Err(_) => {
                    self.bookmark = next_bookmark(self.ends);
                    if let Some(version) = self.watch.version() {
                        return Some(Sent::Event(watch_events::bookmark(self.kind, version)));
                    }
                }
            }
        }
    }
}

/// In a minute, or right before the end; none if that is past.
fn next_bookmark(ends: Instant) -> Option<Instant> {
    let now = Instant::now();
    let last = ends.checked_sub(BEFORE_THE_END).filter(|last| *last > now)?;
    Some(last.min(now + BOOKMARKS))
}

/// What comes last of a watch that was broken.
fn last_of(breakage: Breakage) -> Option<Sent> {
    match breakage {
        Breakage::Ends | Breakage::Freezes => None,
        Breakage::Expires => Some(Sent::Event(watch_events::error_event(&Status::expired(1, 2)))),
        Breakage::Fails => Some(Sent::Event(watch_events::error_event(&Status::put_off(500)))),
        Breakage::IsCut => Some(Sent::Half),
    }
}
