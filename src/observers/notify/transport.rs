//! Sends one notification to its receiver, once.

use std::{error::Error, time::Duration};

use futures_util::future::BoxFuture;
use reqwest::Url;

use crate::config::Network;

/// One try at one notification.
pub struct Notification {
    /// Where to; a secret.
    pub url: Url,
    /// Addresses that are not public and nevertheless allowed.
    pub allowed: Vec<Network>,
    /// Headers besides those of every request.
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: String,
}

/// What the receiver answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryResponse {
    /// The status code.
    pub status: u16,
    /// How long it asks to be left alone.
    pub retry_after: Option<Duration>,
}

/// Why there was no answer; it never holds the URL.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The URL leads to where notifications do not go.
    #[error(
        "it resolves to {0}, which is not public; add it to `allow_addresses` if that is intended"
    )]
    Forbidden(String),
    /// It took too long.
    #[error("no answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// It cannot be reached.
    #[error("it cannot be reached")]
    Unreached(#[source] Box<dyn Error + Send + Sync>),
}

/// Something that carries notifications.
pub trait Transport: Send + Sync {
    /// Tries once.
    fn send(
        &self,
        notification: Notification,
    ) -> BoxFuture<'_, Result<DeliveryResponse, DeliveryError>>;
}
