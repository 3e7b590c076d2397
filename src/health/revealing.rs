//! Puts secrets into the headers of a probe at the last moment: plans and records hold only the place of each.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::health::{HeaderValue, ProbeRequest, Prober, Sample};

/// The secret that is read from a place; none if that place is not known any more.
pub type SecretOf = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// A prober that gets the secrets of each request.
pub struct Revealing {
    prober: Arc<dyn Prober>,
    secret: SecretOf,
}

impl Revealing {
    /// Has `prober` ask, with the secrets of the moment.
    #[must_use]
    pub fn new(prober: Arc<dyn Prober>, secret: SecretOf) -> Self {
        Self { prober, secret }
    }
}

impl Prober for Revealing {
    fn probe(&self, mut request: ProbeRequest) -> BoxFuture<'_, Sample> {
        for header in &mut request.headers {
            if let HeaderValue::SecretOf(place) = &header.value
                && let Some(secret) = (self.secret)(place)
            {
                header.value = HeaderValue::Value(secret);
            }
        }
        self.prober.probe(request)
    }
}
