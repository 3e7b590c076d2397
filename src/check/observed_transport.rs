//! Carries requests to GitHub, and keeps what the answers say of the credential and of the time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use boathook_core::clock::Clock;
use futures_util::{FutureExt as _, future::BoxFuture};
use jiff::{Timestamp, civil::DateTime, fmt::rfc2822, tz::TimeZone};
use serde_json::Value;

use crate::{
    check::clock::Reading,
    github::{GitHubRequest, GitHubResponse, Transport, Unreachable},
};

/// The header that says when a personal token ends, such as `2027-01-31 12:00:00 UTC`.
const ENDS_AT: &str = "github-authentication-token-expiration";
/// What an Enterprise Server without limits answers to `GET /rate_limit`.
const COUNTS_NONE: &str = "Rate limiting is not enabled";

/// What GitHub's answers said beside what was asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Observed {
    /// The scopes of a classic token; GitHub names none of any other credential.
    pub scopes: Option<String>,
    /// What the installation of a GitHub App may do.
    pub permissions: Option<Value>,
    /// When the token ends.
    pub ends_at: Option<Timestamp>,
    /// Whether the server says that it counts no requests.
    pub counts_none: bool,
    /// The time of the first answer.
    pub time: Option<Reading>,
}

/// Carries requests, and keeps what the answers said.
pub(super) struct ObservedTransport {
    inner: Arc<dyn Transport>,
    clock: Clock,
    observed: Mutex<Observed>,
}

impl ObservedTransport {
    pub(super) fn new(inner: Arc<dyn Transport>, clock: Clock) -> Self {
        Self { inner, clock, observed: Mutex::default() }
    }

    pub(super) fn observed(&self) -> Observed {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Observed> {
        self.observed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A time with `UTC` or with an offset such as `-0700`.
fn time(text: &str) -> Option<Timestamp> {
    match text.strip_suffix(" UTC") {
        Some(utc) => {
            let at = DateTime::strptime("%Y-%m-%d %H:%M:%S", utc).ok()?;
            Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp())
        }
        None => Timestamp::strptime("%Y-%m-%d %H:%M:%S %z", text).ok(),
    }
}

impl Transport for ObservedTransport {
    fn send(&self, request: GitHubRequest) -> BoxFuture<'_, Result<GitHubResponse, Unreachable>> {
        async move {
            let is_for_token = request.url.ends_with("/access_tokens");
            let before = self.clock.now();
            let response = self.inner.send(request).await?;
            let after = self.clock.now();
            let server_time = response.header("date").and_then(|date| rfc2822::parse(date).ok());
            let reading =
                server_time.map(|date| Reading { before, server_time: date.timestamp(), after });
            let mut observed = self.lock();
            observed.time = observed.time.or(reading);
            if let Some(scopes) = response.header("x-oauth-scopes") {
                observed.scopes = Some(scopes.to_owned());
            }
            observed.ends_at = observed.ends_at.or(response.header(ENDS_AT).and_then(time));
            observed.counts_none |= response.status == 404
                && String::from_utf8_lossy(&response.body).contains(COUNTS_NONE);
            if is_for_token && response.status == 201 {
                let body: Option<Value> = serde_json::from_slice(&response.body).ok();
                observed.permissions = body.map(|body| body["permissions"].clone());
            }
            drop(observed);
            Ok(response)
        }
        .boxed()
    }
}
