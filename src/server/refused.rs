//! Counts refused webhooks, attempts at a deployment's page and refused commands, and sends them to
//! the audit log. A refusal with a line there has one in boathook's own log too. No request waits
//! for this, and none fails because of it.

use actix_web::{
    Error, HttpMessage as _, HttpRequest,
    body::MessageBody,
    dev::{Service, ServiceRequest, ServiceResponse},
    http::StatusCode,
    web::Data,
};
use boathook_core::{
    deployment::RequestOutcome,
    record::{RequestSource, VerifiedIdentity},
};
use tracing::info;

use crate::{
    intake::Verified,
    observers::{
        audit::{Refused, Whose},
        metrics::Endpoint,
    },
    server::{ApiError, OperatorState, PublicState, body, counting, health, peer},
};

const WEBHOOKS: &str = "/webhook/";
const PAGES: &str = "/deployments/";
/// Characters of each text that are recorded.
const TEXT_MAX: usize = 500;

/// Who signed a request.
#[derive(Clone)]
struct SignedBy {
    /// The ids of the secrets.
    secrets: String,
    /// What a token proved.
    identity: Option<VerifiedIdentity>,
}

/// Keeps the signer, for the audit line of a signed request that is refused.
pub(crate) fn remember_signer<B>(request: &HttpRequest, verified: &Verified<B>) {
    let ids: Vec<_> = verified.signers().iter().map(|key| key.id.as_str()).collect();
    let identity = verified.verified_identity().cloned();
    request.extensions_mut().insert(SignedBy { secrets: ids.join(", "), identity });
}

/// The same by the secret's id.
pub(crate) fn remember_id(request: &HttpRequest, id: String) {
    request.extensions_mut().insert(SignedBy { secrets: id, identity: None });
}

/// Passes a request on, and shows `see` its answer's status, and its error if it is one.
pub(crate) fn seeing<S, B>(
    request: ServiceRequest,
    next: &S,
    see: fn(&HttpRequest, StatusCode, Option<&Error>),
) -> impl Future<Output = Result<ServiceResponse<B>, Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    let answer = next.call(request);
    async move {
        let answer = answer.await?;
        see(answer.request(), answer.status(), answer.response().error());
        Ok(answer)
    }
}

/// Counts a request unless the webhook handler did, and records it if it failed.
pub(crate) fn note(request: &HttpRequest, status: StatusCode, error: Option<&Error>) {
    let Some(asked) = asked(request.path()) else { return };
    let Some(public) = request.app_data::<Data<PublicState>>() else { return };
    match error {
        Some(error) => {
            public.counted.note(asked, became(error));
            if asked != Endpoint::Other {
                log_refusal(request, public, status.as_u16(), error);
            }
        }
        None if asked == Endpoint::Status => public.counted.note(asked, RequestOutcome::Shown),
        None => {}
    }
}

/// Records a command that failed; a read is not a command.
pub(crate) fn note_order(request: &HttpRequest, status: StatusCode, error: Option<&Error>) {
    if let Some(error) = error.filter(|_| !request.method().is_safe()) {
        log_refused_order(request, status.as_u16(), error);
    }
}

/// The counted result of an answer, if any.
fn asked(path: &str) -> Option<Endpoint> {
    match path {
        health::PATH => None,
        _ if path.starts_with(WEBHOOKS) => Some(Endpoint::Webhook),
        _ if path.starts_with(PAGES) => Some(Endpoint::Status),
        _ => Some(Endpoint::Other),
    }
}

/// The counted result of an error: our own by kind, any other by status code.
fn became(error: &Error) -> RequestOutcome {
    match error.as_error::<ApiError>() {
        Some(error) => error.became(),
        None if error.as_response_error().status_code().is_server_error() => {
            RequestOutcome::Unavailable
        }
        None => RequestOutcome::Malformed,
    }
}

/// Why, for operators.
fn reason(error: &Error) -> String {
    error.as_error::<ApiError>().map_or_else(|| error.to_string(), ApiError::for_operators)
}

fn log_refusal(request: &HttpRequest, public: &PublicState, status: u16, error: &Error) {
    let harmless = |text: &str| public.admission.redactor.beginning(text, TEXT_MAX);
    let signed_by: Option<SignedBy> = request.extensions().get().cloned();
    let whose = if signed_by.is_some() { Whose::Authenticated } else { Whose::Unauthenticated };
    public.refusals.note(whose, status, || {
        let client = counting::client(request, public);
        let reason = harmless(&reason(error));
        info!(
            http.status = status,
            http.client = client.map(tracing::field::display),
            "Refused a request: {reason}"
        );
        Refused {
            at: public.admission.clock.now(),
            source: RequestSource::Listener,
            client,
            identity: signed_by.as_ref().and_then(|signed| signed.identity.clone()),
            signed_by: signed_by.map(|signed| signed.secrets),
            operator: None,
            method: request.method().to_string(),
            path: harmless(request.path()),
            delivery: body::header(request.headers(), &body::DELIVERY).map(harmless),
            status,
            reason,
        }
    });
}

fn log_refused_order(request: &HttpRequest, status: u16, error: &Error) {
    let Some(operators) = request.app_data::<Data<OperatorState>>() else { return };
    let harmless = |text: &str| operators.redactor.beginning(text, TEXT_MAX);
    let operator = peer::user(request).ok();
    let whose = if operator.is_some() { Whose::Authenticated } else { Whose::Unauthenticated };
    operators.refusals.note(whose, status, || {
        let reason = harmless(&error.to_string());
        info!(http.status = status, "Refused a command: {reason}");
        Refused {
            at: operators.clock.now(),
            source: RequestSource::Listener,
            client: None,
            signed_by: None,
            identity: None,
            operator,
            method: request.method().to_string(),
            path: harmless(request.path()),
            delivery: None,
            status,
            reason,
        }
    });
}
