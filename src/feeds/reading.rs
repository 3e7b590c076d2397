//! The requests of one feed.

use std::{sync::Arc, time::Duration};

use boathook_core::{
    api_server::{ApiServer, ReadAnswer, ReadError, ReadRequest, WatchAnswer},
    deployment::Namespace,
};
use futures_util::stream::BoxStream;
use tokio::time::Instant;

use crate::{
    cluster::refusal,
    feeds::{FeedObject, list::Page, trouble::Trouble},
};

/// Objects of one page of a list. A pod of Knative has 12 to 20 KB, and an answer is read up to
/// `tools.output_cap_bytes`.
const PAGE: usize = 20;

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
        let began = Instant::now();
        match self.api_server.read(self.request(path)).await {
            Ok(ReadAnswer { code: 200, body, .. }) => Page::parse(&body),
            refused => Err(self.trouble::<T>(refused, began)),
        }
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
        let began = Instant::now();
        let refused = match self.api_server.watch(self.request(path)).await {
            Ok(WatchAnswer::Events(events)) => return Ok(events),
            Ok(WatchAnswer::Refused(answer)) => Ok(answer),
            Err(error) => Err(error),
        };
        Err(self.trouble::<T>(refused, began))
    }

    /// What an answer means that is not the one asked for.
    fn trouble<T: FeedObject>(
        &self,
        answer: Result<ReadAnswer, ReadError>,
        began: Instant,
    ) -> Trouble {
        if answer.as_ref().is_ok_and(|answer| answer.code == 410) {
            return Trouble::Expired;
        }
        let path = T::path(&self.namespace);
        let call = format!("GET {}", path.split('?').next().unwrap_or_default());
        refusal(call, answer, began.elapsed()).into()
    }

    fn request(&self, path: String) -> ReadRequest {
        ReadRequest { path, timeout: self.limits.answer }
    }
}
