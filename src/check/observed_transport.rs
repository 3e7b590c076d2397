//! Carries requests to GitHub, and keeps what the answers say of the credential and of the time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use boathook_core::clock::Clock;
use futures_util::{FutureExt as _, future::BoxFuture};
use jiff::fmt::rfc2822;
use serde_json::Value;

use crate::{
    check::clock::Reading,
    github::{GitHubRequest, GitHubResponse, Transport, Unreachable},
};

/// What GitHub's answers said beside what was asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Observed {
    /// The scopes of a classic token; GitHub names none of any other credential.
    pub scopes: Option<String>,
    /// What the installation of a GitHub App may do.
    pub permissions: Option<Value>,
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
