//! What the proxy answers: one body, or the lines of a watch.

use std::time::Duration;

use boathook_core::{
    api_server::{ReadAnswer, ReadError, WatchAnswer},
    failure::retry_after_seconds,
};
use futures_util::{
    FutureExt as _, StreamExt as _,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use reqwest::{Response, StatusCode, header::RETRY_AFTER};
use tokio::time::timeout;

use crate::api_proxy::lease::{Lease, broken};

/// The longest event of a watch; etcd lets no object grow to this size.
const EVENT_MAX: usize = 2 << 20;
/// How long the rest of an event may take whose beginning was read.
const REST_OF_EVENT: Duration = Duration::from_secs(2);

/// Reads once.
pub(super) fn read(
    lease: Lease,
    path: String,
) -> BoxFuture<'static, Result<ReadAnswer, ReadError>> {
    async move { whole(lease.get(&path).await?, lease.answer_max).await }.boxed()
}

/// Begins a watch.
pub(super) fn watch(
    lease: Lease,
    path: String,
) -> BoxFuture<'static, Result<WatchAnswer, ReadError>> {
    async move {
        let response = lease.get(&path).await?;
        Ok(if response.status() == StatusCode::OK {
            WatchAnswer::Events(events(Events { response, unread: Vec::new(), next: 0, lease }))
        } else {
            WatchAnswer::Refused(whole(response, lease.answer_max).await?)
        })
    }
    .boxed()
}

async fn whole(mut response: Response, max: usize) -> Result<ReadAnswer, ReadError> {
    let code = response.status().as_u16();
    let retry_after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| retry_after_seconds(value.to_str().ok()?));
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > max {
            return Err(ReadError::TooLong(max));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(ReadAnswer { code, retry_after, body })
}

/// A watch that is being read. The proxy is in use for as long as it is.
struct Events {
    response: Response,
    /// What came and was not handed on.
    unread: Vec<u8>,
    /// Where the next event begins in it.
    next: usize,
    lease: Lease,
}

fn events(events: Events) -> BoxStream<'static, Result<Vec<u8>, ReadError>> {
    stream::unfold(Some(events), |events| async move {
        let mut events = events?;
        match events.next().await {
            Ok(event) => Some((Ok(event?), Some(events))),
            Err(error) => Some((Err(error), None)),
        }
    })
    .boxed()
}

impl Events {
    /// The next event; none if the API server ended the watch.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, ReadError> {
        loop {
            if let Some(event) = self.complete() {
                return Ok(Some(event));
            }
            if self.unread.len() > EVENT_MAX {
                return Err(ReadError::TooLong(EVENT_MAX));
            }
            match self.more().await? {
                true => {}
                false if self.unread.is_empty() => return Ok(None),
                false => return Err(in_the_middle("ended")),
            }
        }
    }

    /// An event that came whole.
    fn complete(&mut self) -> Option<Vec<u8>> {
        while let Some(length) = self.unread[self.next..].iter().position(|byte| *byte == b'\n') {
            let begin = self.next;
            self.next += length + 1;
            if length > 0 {
                return Some(self.unread[begin..begin + length].to_vec());
            }
        }
        self.unread.drain(..std::mem::take(&mut self.next));
        None
    }

    /// Reads on; false at the end.
    async fn more(&mut self) -> Result<bool, ReadError> {
        let chunk = if self.unread.is_empty() {
            // A quiet watch keeps no memory of its longest event.
            self.unread = Vec::new();
            self.response.chunk().await
        } else {
            timeout(REST_OF_EVENT, self.response.chunk())
                .await
                .map_err(|_| in_the_middle("stopped"))?
        };
        let chunk = chunk.map_err(broken)?;
        self.lease.silence.broken();
        self.unread.extend(chunk.iter().flatten());
        Ok(chunk.is_some())
    }
}

fn in_the_middle(what: &str) -> ReadError {
    ReadError::Unreachable(format!("the watch {what} in the middle of an event"))
}
