//! Takes one event of a relay to admission. Nobody waits for an answer: what became of it is in the
//! record or, if it was refused, in the log and the audit log.

use std::time::Duration;

use boathook_core::{
    deployment::{Key, RequestOutcome},
    rate::Backoff,
    record::{RequestSource, VerifiedIdentity},
};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    config::SealedBodies,
    intake::{Admission, Admitted, Delivery, Refusal, Verified},
    journal::{Accepted, Summary},
    observers::audit::{Refused, Whose},
    sources::relay::{
        Relay, dialect::Message, not_taken::NotTaken, relayed::Relayed, subscription::Spoilt,
        taken::Taken,
    },
};

/// The header with the sender's id of a delivery.
const DELIVERY_HEADER: &str = "x-github-delivery";
/// Characters of each text that are recorded.
const TEXT_MAX: usize = 500;
/// How long a request is kept here that boathook cannot accept for reasons of its own: no sender
/// will send it again. After that it is refused, or left to a relay that keeps it.
const RETRY_FOR: Duration = Duration::from_secs(60);
const BACKOFF: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(10));

/// A webhook that was not taken, who signed it, and what a token proved.
struct Failed {
    why: NotTaken,
    signed_by: Option<String>,
    identity: Option<VerifiedIdentity>,
}

impl Relay {
    /// Takes one event; `comes_again` says that the relay has it for the next connection, too.
    pub(super) async fn take(
        &self,
        content: Result<Message, Spoilt>,
        comes_again: bool,
        stop: &CancellationToken,
    ) -> Taken {
        let name = &self.terms.config.name;
        let (taken, delivery) = match content {
            Ok(Message::OfTheRelay) => return Taken::Settled,
            Ok(Message::HistoryMissed) => {
                warn!(
                    relay.name = name,
                    "Relay {name} has forgotten events that boathook has not seen; send them again"
                );
                return Taken::Settled;
            }
            Ok(Message::Webhook(webhook)) => {
                let delivery = webhook.header(DELIVERY_HEADER).map(str::to_owned);
                (self.admit(&webhook, delivery.clone(), stop).await, delivery)
            }
            Err(spoilt) => (
                Err(Failed { why: NotTaken::Spoilt(spoilt), signed_by: None, identity: None }),
                None,
            ),
        };
        if comes_again && taken.as_ref().is_err_and(|failed| failed.why.is_momentary()) {
            return Taken::NotNow;
        }
        let became = taken.unwrap_or_else(|failed| self.refuse(failed, delivery.as_deref()));
        self.counters.note(name, became);
        Taken::Settled
    }

    async fn admit(
        &self,
        webhook: &Relayed,
        delivery: Option<String>,
        stop: &CancellationToken,
    ) -> Result<RequestOutcome, Failed> {
        let admission = self.admission.get();
        let opened = self.opened(&admission, webhook).map_err(|failed| *failed)?;
        let body = opened.as_deref().unwrap_or(&webhook.body);
        let verified = admission.verify(&webhook.offered(), body).await;
        let body = verified.map_err(|bad| {
            let why = NotTaken::bad_signature(bad, self.terms.config.kind, opened.is_some());
            Failed { why, signed_by: None, identity: None }
        })?;
        let identity = body.verified_identity().cloned();
        let signed_by = Some(signers(body.signers()));
        let failed = |why| Failed { why, signed_by: signed_by.clone(), identity: identity.clone() };
        match webhook.event().map_err(|error| failed(NotTaken::NoEvent(error)))? {
            "deployment" => {
                let admitted = self.admit_patiently(&admission, &body, delivery, stop).await;
                Ok(self.log(&admitted.map_err(|refusal| failed(NotTaken::Refused(refusal)))?))
            }
            "ping" => Ok(RequestOutcome::Ping),
            _ => Ok(RequestOutcome::Ignored),
        }
    }

    /// What a body was before it was sealed; nothing if it is not sealed, and need not be.
    fn opened(
        &self,
        admission: &Admission,
        webhook: &Relayed,
    ) -> Result<Option<Vec<u8>>, Box<Failed>> {
        let failed = |why| Box::new(Failed { why, signed_by: None, identity: None });
        let opened = admission.opener.open(&webhook.body);
        match opened.map_err(|unopened| failed(NotTaken::Refused(unopened.into())))? {
            None if self.terms.config.sealed == SealedBodies::Required => {
                Err(failed(NotTaken::Unsealed))
            }
            opened => Ok(opened),
        }
    }

    /// Admits a signed body, and tries again for a while if boathook itself is not able to; not if it is
    /// stopped.
    async fn admit_patiently(
        &self,
        admission: &Admission,
        body: &Verified<&[u8]>,
        id: Option<String>,
        stop: &CancellationToken,
    ) -> Result<Admitted, Refusal> {
        let id = id.map(|id| id.chars().take(200).collect());
        let source = RequestSource::Relay { name: self.terms.config.name.clone() };
        let delivery = Delivery { id, source, ..Delivery::default() };
        let mut backoff = BACKOFF;
        let until = Instant::now() + RETRY_FOR;
        loop {
            let admitted = admission.admit(body, delivery.clone()).await;
            let again = admitted.as_ref().is_err_and(Refusal::is_momentary);
            let rests = again && Instant::now() < until;
            if !rests || stop.run_until_cancelled(sleep(backoff.pause())).await.is_none() {
                return admitted;
            }
        }
    }

    fn log(&self, admitted: &Admitted) -> RequestOutcome {
        let relay = &self.terms.config.name;
        let (summary, what, became) = match admitted {
            Admitted::Deployment { accepted: Accepted::New(summary), .. } => {
                (summary, "Accepted", RequestOutcome::Accepted)
            }
            Admitted::Deployment { accepted: Accepted::Repeat(summary), .. } => {
                (summary, "Recognised a repeat of", RequestOutcome::Repeat)
            }
            Admitted::DryRun { .. } => {
                info!(
                    relay.name = relay,
                    "A dry run came by relay {relay}, where nobody would read its answer"
                );
                return RequestOutcome::DryRun;
            }
        };
        let Summary { id, environment, namespace, service, image, .. } = summary;
        info!(deployment.id = %id, deployment.environment = %environment, relay.name = relay, "{what} {image} for {namespace}/{service} from relay {relay}");
        became
    }

    /// Logs a refusal as the listener does, and counts it.
    fn refuse(&self, failed: Failed, delivery: Option<&str>) -> RequestOutcome {
        let Failed { why, signed_by, identity } = failed;
        let (status, became) = why.answered();
        let admission = self.admission.get();
        let harmless = |text: &str| admission.redactor.beginning(text, TEXT_MAX);
        let name = &self.terms.config.name;
        let whose = if signed_by.is_some() { Whose::Authenticated } else { Whose::Unauthenticated };
        self.refusals.note(whose, status, || {
            let reason = harmless(&why.for_operators());
            info!(
                http.status = status,
                relay.name = name,
                "Refused a request from relay {name}: {reason}"
            );
            Refused {
                at: admission.clock.now(),
                source: RequestSource::Relay { name: name.clone() },
                client: None,
                signed_by,
                identity,
                operator: None,
                method: "POST".to_owned(),
                path: format!("relay {name}"),
                delivery: delivery.map(harmless),
                status,
                reason,
            }
        });
        became
    }
}

fn signers(keys: &[Key]) -> String {
    keys.iter().map(|key| key.id.as_str()).collect::<Vec<_>>().join(", ")
}
