//! Inserts secrets into the headers of a probe just before it is sent, and removes them from the
//! answer: plans and records hold only the place of each.

use std::{collections::BTreeMap, sync::Arc};

use boathook_core::{
    current::Current,
    health::{GrpcAnswer, HeaderValue, ProbeAnswer, ProbeRequest, Prober, Sample},
};
use futures_util::{FutureExt, future::BoxFuture};

use crate::redact::Redactor;

/// A prober that gets the secrets of each request.
pub struct Revealing {
    prober: Arc<dyn Prober>,
    /// Each by its place.
    secrets: Current<BTreeMap<String, String>>,
    redactor: Redactor,
}

impl Revealing {
    /// Probes with `prober` and the current secrets; `redactor` removes known secrets from the
    /// quoted part of the answer.
    #[must_use]
    pub fn new(
        prober: Arc<dyn Prober>,
        secrets: Current<BTreeMap<String, String>>,
        redactor: Redactor,
    ) -> Self {
        Self { prober, secrets, redactor }
    }

    /// The answer without secrets. Secrets are removed before quoting: a quotation may cut one in
    /// half.
    fn without_secrets(&self, answer: ProbeAnswer) -> ProbeAnswer {
        let clean = |text: String| self.redactor.without_known(&text).into_owned();
        match answer {
            ProbeAnswer::Http { status, body, location } => {
                ProbeAnswer::Http { status, body: clean(body), location: location.map(clean) }
            }
            ProbeAnswer::Grpc(GrpcAnswer::Error { code, message }) => {
                ProbeAnswer::Grpc(GrpcAnswer::Error { code, message: clean(message) })
            }
            ProbeAnswer::Grpc(GrpcAnswer::Health(_) | GrpcAnswer::NotGrpc { .. }) => answer,
        }
    }
}

impl Prober for Revealing {
    fn probe(&self, mut request: ProbeRequest) -> BoxFuture<'_, Sample> {
        let secrets = self.secrets.get();
        for header in &mut request.headers {
            if let HeaderValue::SecretOf(source) = &header.value
                && let Some(secret) = secrets.get(&source.place())
            {
                header.value = HeaderValue::Value(secret.clone());
            }
        }
        async move {
            let sample = self.prober.probe(request).await;
            Sample { result: sample.result.map(|answer| self.without_secrets(answer)), ..sample }
        }
        .boxed()
    }
}
