//! Posts over HTTP. It reads no body, and connects only to addresses that were checked: a name's
//! addresses after they were resolved, so that no name can reach an internal network.

use std::{
    error::Error,
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use boathook_core::clock::Clock;
use futures_util::{FutureExt, future::BoxFuture};
use reqwest::{
    Response,
    dns::{Addrs, Name, Resolve, Resolving},
    header::CONTENT_TYPE,
};
use tokio::{net::lookup_host, time::timeout};

use crate::{
    config::Network,
    http_client,
    observers::notify::{
        addresses::is_permitted,
        transport::{DeliveryError, DeliveryResponse, Notification, Transport},
    },
};

/// How long one try may take, from the name to the answer's head.
const PATIENCE: Duration = Duration::from_secs(10);

/// Posts to public addresses and those that are allowed, trusting the certificates that this
/// machine trusts.
#[derive(Debug)]
pub struct HttpTransport {
    patience: Duration,
    clock: Clock,
}

impl HttpTransport {
    /// A transport.
    #[must_use]
    pub const fn new(clock: Clock) -> Self {
        Self::with_patience(PATIENCE, clock)
    }

    /// The same, with another deadline for each try.
    #[must_use]
    pub const fn with_patience(patience: Duration, clock: Clock) -> Self {
        Self { patience, clock }
    }
}

impl Transport for HttpTransport {
    fn send(
        &self,
        notification: Notification,
    ) -> BoxFuture<'_, Result<DeliveryResponse, DeliveryError>> {
        async {
            let posted = timeout(self.patience, post(notification)).await;
            let answer = posted.unwrap_or(Err(DeliveryError::TimedOut(self.patience)))?;
            let retry_after = http_client::retry_after(&answer, self.clock.now());
            Ok(DeliveryResponse { status: answer.status().as_u16(), retry_after })
        }
        .boxed()
    }
}

async fn post(notification: Notification) -> Result<Response, DeliveryError> {
    let Notification { url, allowed, headers, body } = notification;
    check_literal(url.host_str().unwrap_or_default(), &allowed)?;
    let unreached = |error: reqwest::Error| not_delivered(error.without_url());
    // A client of its own for each try: what it may connect to is this receiver's, and no
    // connection is kept.
    let client = http_client::direct(url.as_str())
        .pool_max_idle_per_host(0)
        .dns_resolver(Permitted { allowed })
        .build()
        .map_err(unreached)?;
    let request = client.post(url).header(CONTENT_TYPE, "application/json").body(body);
    let request =
        headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
    request.send().await.map_err(unreached)
}

/// A host that is an address, in whatever notation, was made plain by the URL's parser; it is never
/// resolved.
fn check_literal(host: &str, allowed: &[Network]) -> Result<(), DeliveryError> {
    match host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
        Ok(address) if !is_permitted(address, allowed) => {
            Err(DeliveryError::Forbidden(address.to_string()))
        }
        _ => Ok(()),
    }
}

/// An address that was refused is distinguished from one that could not be reached.
fn not_delivered(error: reqwest::Error) -> DeliveryError {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    match causes.filter_map(|cause| cause.downcast_ref::<Refused>()).next() {
        Some(Refused(addresses)) => DeliveryError::Forbidden(addresses.clone()),
        None => DeliveryError::Unreached(error.into()),
    }
}

/// Resolves names, and gives only addresses that are permitted.
struct Permitted {
    allowed: Vec<Network>,
}

/// A name that has no address that is permitted.
#[derive(Debug, thiserror::Error)]
#[error("it resolves to {0}")]
struct Refused(String);

impl Resolve for Permitted {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.allowed.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = lookup_host((name.as_str(), 0)).await?.collect();
            let permitted: Vec<SocketAddr> = found
                .iter()
                .copied()
                .filter(|address| is_permitted(address.ip(), &allowed))
                .collect();
            if permitted.is_empty() && found.is_empty() {
                return Err(
                    io::Error::new(io::ErrorKind::NotFound, "the name has no address").into()
                );
            }
            if permitted.is_empty() {
                let addresses = found
                    .iter()
                    .map(|address| address.ip().to_string())
                    .collect::<Vec<_>>()
                    .join(", ");
                return Err(Refused(addresses).into());
            }
            let addresses: Addrs = Box::new(permitted.into_iter());
            Ok(addresses)
        })
    }
}
