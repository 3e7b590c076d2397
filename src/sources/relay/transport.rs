//! Connects to a relay, once.

use std::{error::Error, time::Duration};

use bytes::Bytes;
use futures_util::{future::BoxFuture, stream::BoxStream};
use reqwest::{StatusCode, Url};

/// What a relay writes, chunk by chunk, until the connection ends.
pub type Bytestream = BoxStream<'static, Result<Bytes, ConnectError>>;

/// A subscription to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscribe {
    /// Where its events are.
    pub url: Url,
    /// The id of the last event that was taken, if the relay gives ids that outlast a connection.
    pub last_event_id: Option<String>,
}

/// Why a relay sends nothing. It never holds the URL, which lets anyone post and read.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// It cannot be reached, or the connection broke.
    #[error("it cannot be reached")]
    Unreached(#[source] Box<dyn Error + Send + Sync>),
    /// It took too long.
    #[error("no answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// It answered with something else than events.
    #[error("it answered with {}{}", .0, hint(*.0))]
    Refused(StatusCode),
    /// It answered with a page.
    #[error("it did not answer with server-sent events; is `url` that of a channel?")]
    NotEvents,
}

/// Connects to relays.
pub trait RelayTransport: Send + Sync {
    /// Asks for a channel's events.
    fn subscribe(&self, subscribe: Subscribe) -> BoxFuture<'_, Result<Bytestream, ConnectError>>;
}

fn hint(status: StatusCode) -> &'static str {
    if status.is_redirection() {
        ", which is not followed; set `url` to where it leads"
    } else {
        ""
    }
}
