//! Shows planted faults as an API server shows them. They are planted by the kubectl command line
//! (`kubectl patch ksvc`), so each request is taken for the command that sends such a request.

use actix_web::http::Method;

use crate::{
    Cluster, Fault, Kind, Status,
    api_server::{answer, objects::Asked, query::Query, target::Target},
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

/// The effect of the fault that hits a request now, if any.
#[must_use]
pub fn strike(asked: &Asked<'_>) -> Option<FaultEffect> {
    let fault = match command(asked) {
        "get" => planted_for_read(asked.cluster, &asked.target, &asked.query),
        command => planted(asked.cluster, command, &asked.target),
    };
    fault.map(|fault| effect(fault, &asked.target))
}

/// The fault that was planted for all reads of these objects, or for this way of reading them.
#[must_use]
pub fn planted_for_read(cluster: &Cluster, target: &Target<'_>, query: &Query) -> Option<Fault> {
    let verb = match target.name {
        Some(_) => None,
        None if query.watch => Some("watch"),
        None => Some("list"),
    };
    planted(cluster, "get", target).or_else(|| cluster.strike(&[verb?, word(target.kind)]))
}

/// The fault that was planted for this command and these objects; it is counted down.
fn planted(cluster: &Cluster, command: &str, target: &Target<'_>) -> Option<Fault> {
    cluster.strike(&["kubectl", command, word(target.kind), target.name.unwrap_or_default()])
}

/// What a fault makes of a request for these objects.
#[must_use]
pub fn effect(fault: Fault, target: &Target<'_>) -> FaultEffect {
    let refused = match fault {
        Fault::Hang | Fault::Unresponsive => return FaultEffect::Hangs,
        Fault::WatchEnds => return FaultEffect::Ends,
        Fault::PutOff(code) => return FaultEffect::PutOff(Status::put_off(code)),
        Fault::Unauthorized => Status::unauthorized(),
        Fault::Throttled => Status::throttled(),
        Fault::Expired => Status::expired(1, 2),
        Fault::Conflict => Status::conflict(target.kind, target.name.unwrap_or_default()),
        Fault::WebhookAway => Status::webhook_away(),
        Fault::Exit(words) => Status::in_words(&words),
        Fault::Unreachable
        | Fault::Killed
        | Fault::KilledAfter
        | Fault::NotDone
        | Fault::OnlyTried
        | Fault::NotInstalled => answer::refusal(
            503,
            "ServiceUnavailable",
            "the server is currently unable to handle the request",
        ),
    };
    FaultEffect::Refused(refused)
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
