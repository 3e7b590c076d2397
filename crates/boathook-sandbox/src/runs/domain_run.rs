//! How far the mapping of a domain is.

use serde_json::{Value, json};

use crate::{
    names::ObjectName,
    runs::{Condition, Finding, Truth},
};

/// A domain that is mapped to a service.
#[derive(Debug)]
pub(crate) struct DomainRun {
    pub uid: String,
    /// How often in a row it could not be mapped.
    pub failures: u32,
    /// Counts the reconciliations; a step of an earlier one is stale.
    pub attempt: u64,
    /// The service that gets the domain's requests.
    pub live: Option<ObjectName>,
    certificate: Condition,
    claimed: Condition,
    ingress: Condition,
    ready: Condition,
    reference: Condition,
}

impl DomainRun {
    pub(crate) fn new(uid: &str, now: &str) -> Self {
        let open = || Condition::new(Finding::open(), now.to_owned());
        Self {
            uid: uid.to_owned(),
            failures: 0,
            attempt: 0,
            live: None,
            certificate: open(),
            claimed: open(),
            ingress: open(),
            ready: open(),
            reference: open(),
        }
    }

    pub(crate) fn set(
        &mut self,
        claimed: Finding,
        reference: Finding,
        ingress: Finding,
        now: &str,
    ) {
        let certificate = if claimed.is_good() {
            Finding {
                truth: Truth::True,
                reason: "TLSNotEnabled".to_owned(),
                message: "external-domain-tls is not enabled".to_owned(),
            }
        } else {
            Finding::open()
        };
        let ready = [&claimed, &reference, &ingress]
            .into_iter()
            .fold(Finding::good(), |worst, next| Finding::worst(&worst, next));
        for (condition, finding) in [
            (&mut self.certificate, certificate),
            (&mut self.claimed, claimed),
            (&mut self.ingress, ingress),
            (&mut self.ready, ready),
            (&mut self.reference, reference),
        ] {
            condition.set(finding, now.to_owned());
        }
    }

    pub(crate) fn status(&self, domain: &str) -> Value {
        let url = format!("http://{domain}");
        let conditions = [
            self.certificate.to_json("CertificateProvisioned"),
            self.claimed.to_json("DomainClaimed"),
            self.ingress.to_json("IngressReady"),
            self.ready.to_json("Ready"),
            self.reference.to_json("ReferenceResolved"),
        ];
        json!({
            "address": {"url": url},
            "conditions": conditions,
            "observedGeneration": 1,
            "url": url,
        })
    }
}
