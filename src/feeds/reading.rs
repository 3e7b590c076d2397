//! The requests of one feed.

use std::{sync::Arc, time::Duration};

use boathook_core::{
    api_server::{ApiServer, ReadError, ReadRequest, WatchAnswer},
    deployment::Namespace,
};
use futures_util::stream::BoxStream;

use crate::feeds::{FeedObject, list::Page, trouble::Trouble};

/// Objects of one page of a list.
const PAGE: usize = 250;

/// Where one feed reads, and how long that may take.
pub(super) struct Reading {
    pub(super) api_server: Arc<dyn ApiServer>,
    pub(super) namespace: Namespace,
    pub(super) limits: Limits,
}

/// How long requests may take.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// One page of a list, and until a watch begins.
    pub(super) answer: Duration,
    /// A watch; the API server ends it then.
    pub(super) watch: Duration,
}

impl Reading {
    /// A page of the list: the first, or the one after `token`.
    pub(super) async fn page<T: FeedObject>(&self, token: &str) -> Result<Page<T>, Trouble> {
        let mut path = format!("{}limit={PAGE}", T::path(&self.namespace));
        if !token.is_empty() {
            path += "&continue=";
            path.extend(form_urlencoded::byte_serialize(token.as_bytes()));
        }
        let answer = self.api_server.read(self.request(path)).await?;
        if answer.code != 200 {
            return Err(Trouble::of(&answer));
        }
        Page::parse(&answer.body)
    }

    /// Begins a watch of what changes after `version`.
    pub(super) async fn watch<T: FeedObject>(
        &self,
        version: &str,
    ) -> Result<BoxStream<'static, Result<Vec<u8>, ReadError>>, Trouble> {
        let seconds = self.limits.watch.as_secs().max(1);
        let version: String = form_urlencoded::byte_serialize(version.as_bytes()).collect();
        let path = format!(
            "{}watch=true&allowWatchBookmarks=true&timeoutSeconds={seconds}&resourceVersion={version}",
            T::path(&self.namespace)
        );
        match self.api_server.watch(self.request(path)).await? {
            WatchAnswer::Events(events) => Ok(events),
            WatchAnswer::Refused(answer) => Err(Trouble::of(&answer)),
        }
    }

    fn request(&self, path: String) -> ReadRequest {
        ReadRequest { path, timeout: self.limits.answer }
    }
}
