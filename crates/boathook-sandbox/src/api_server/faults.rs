//! Shows planted faults as an API server shows them. They are planted by the kubectl command line
//! (`kubectl patch ksvc`), so each request is taken for the command that sends such a request.

use actix_web::http::Method;

use crate::{
    Fault, Kind, Status,
    api_server::{answer, objects::Asked},
};

/// What becomes of a request that a fault hits.
#[derive(Debug)]
pub enum FaultEffect {
    /// It is refused.
    Refused(Status),
    /// The client must retry after a second.
    PutOff(Status),
    /// It is never answered.
    Hangs,
    /// It is a watch, and ends at once.
    Ends,
}

/// The fault that hits a request now, if any.
#[must_use]
pub fn strike(asked: &Asked<'_>) -> Option<FaultEffect> {
    let name = asked.target.name.unwrap_or_default();
    let words = ["kubectl", command(asked), word(asked.target.kind), name];
    let fault = asked.cluster.strike(&words)?;
    let refused = match fault {
        Fault::Hang | Fault::Unresponsive => return Some(FaultEffect::Hangs),
        Fault::WatchEnds => return Some(FaultEffect::Ends),
        Fault::PutOff(code) => return Some(FaultEffect::PutOff(Status::put_off(code))),
        Fault::Unauthorized => Status::unauthorized(),
        Fault::Throttled => Status::throttled(),
        Fault::Conflict => Status::conflict(asked.target.kind, name),
        Fault::WebhookAway => Status::webhook_away(),
        Fault::Exit(message) => answer::refusal(500, "InternalError", message),
        Fault::Unreachable
        | Fault::Killed
        | Fault::KilledAfter
        | Fault::NotDone
        | Fault::OnlyTried
        | Fault::NotInstalled
        | Fault::WatchesLate => answer::refusal(
            503,
            "ServiceUnavailable",
            "the server is currently unable to handle the request",
        ),
    };
    Some(FaultEffect::Refused(refused))
}

fn command(asked: &Asked<'_>) -> &'static str {
    // `kubectl patch` leaves the validation of fields to the server's default; `kubectl apply`
    // always names it.
    let by_apply = !asked.query.field_validation.is_empty();
    match *asked.request.method() {
        Method::POST => "apply",
        Method::PATCH if by_apply => "apply",
        Method::PATCH => "patch",
        Method::DELETE => "delete",
        _ if asked.target.subresource.is_some() => "logs",
        _ => "get",
    }
}

/// The kind as boathook and people type it.
const fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Service => "ksvc",
        other => other.plural(),
    }
}
