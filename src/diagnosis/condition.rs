//! Causes from the conditions of pod, revision and service.

use crate::{
    cluster::{Condition, Pod, Revision, Service},
    diagnosis::{Diagnosis, Kind, container::waiting_kind, event::of_creating_a_pod, registry},
};

/// Why the whole pod ended, or could not be scheduled.
pub(super) fn of_pod(pod: &Pod) -> Option<Diagnosis> {
    if let Some((reason, message)) = pod.ended() {
        return Some(Diagnosis::new(
            Kind::PodNotStarted,
            format!("the pod ended: {reason}: {}", message.trim()),
        ));
    }
    let scheduled = pod.condition("PodScheduled").filter(|condition| condition.is_false())?;
    Some(Diagnosis::new(
        Kind::Unschedulable,
        format!("the pod cannot be scheduled: {}: {}", scheduled.reason, scheduled.message.trim()),
    ))
}

/// Why a revision is not Ready, from its own status. The service has only `RevisionFailed`.
pub(super) fn of_revision(revision: &Revision) -> Option<Diagnosis> {
    let ready = revision.condition("Ready").filter(|ready| ready.is_false())?;
    let name = revision.name().map_or_else(|_| "?".to_owned(), |name| name.to_string());
    Some(match ready.reason.as_str() {
        "FailedCreate" => of_creating_a_pod(&ready.message),
        reason => Diagnosis::new(
            revision_kind(reason, &ready.message),
            format!("revision {name}: {}", in_words(ready)),
        ),
    })
}

fn revision_kind(reason: &str, message: &str) -> Kind {
    match reason {
        "Unschedulable" => Kind::Unschedulable,
        "ContainerMissing" => registry::kind(message),
        "NotOwned" => Kind::NameTaken,
        "ProgressDeadlineExceeded" => Kind::ProgressDeadline,
        "ErrImagePull" | "ImagePullBackOff" | "ErrImageNeverPull" | "InvalidImageName" => {
            waiting_kind(reason, message)
        }
        "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" => {
            waiting_kind(reason, message)
        }
        exit if exit.starts_with("ExitCode") => Kind::Crash,
        _ => Kind::RevisionNotReady,
    }
}

/// The condition as text; two messages of Knative get an explanation.
fn in_words(ready: &Condition) -> String {
    let words = ready.in_words();
    match ready.reason.as_str() {
        "ProgressDeadlineExceeded" => {
            format!(
                "{words}; no pod of it was ready within Knative's progress deadline (600 s, or serving.knative.dev/progress-deadline)"
            )
        }
        "ContainerCreating" => {
            format!("{words}; its container was not created within Knative's progress deadline")
        }
        _ => words,
    }
}

/// Why the service cannot have a revision, from its own status: its name is taken, or the revision
/// would be invalid.
///
/// Status must be about the current spec; a stale one means nothing.
pub(super) fn of_configuration(service: &Service) -> Option<Diagnosis> {
    no(service, "ConfigurationsReady").and_then(configuration)
}

/// Why the service has no route, from its own status.
pub(super) fn of_route(service: &Service) -> Option<Diagnosis> {
    no(service, "RoutesReady").and_then(route)
}

fn no<'s>(service: &'s Service, kind: &str) -> Option<&'s Condition> {
    service
        .condition(kind)
        .filter(|condition| condition.is_false())
        .filter(|_| service.is_observed())
}

fn configuration(configured: &Condition) -> Option<Diagnosis> {
    let kind = match configured.reason.as_str() {
        "NotOwned" => Kind::NameTaken,
        _ if configured.message.starts_with("Revision creation failed") => Kind::RevisionNotCreated,
        _ => return None,
    };
    Some(Diagnosis::new(kind, configured.in_words()))
}

fn route(routed: &Condition) -> Option<Diagnosis> {
    let kind = match routed.reason.as_str() {
        "NotOwned" => Kind::NameTaken,
        "ErrorConfig" => Kind::RouteInvalid,
        "DomainConflict" | "DomainAlreadyClaimed" => Kind::DomainTaken,
        // They only repeat the revision's failure.
        "RevisionMissing" | "RevisionFailed" => return None,
        _ => Kind::RouteFailed,
    };
    Some(Diagnosis::new(kind, routed.in_words()))
}
