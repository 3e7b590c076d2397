//! The order in which causes are considered.

use crate::{
    cluster::{Event, Pod, Revision, Service},
    diagnosis::{Diagnosis, Facts, Kind, condition, container, event::of_events, unanswered_probe},
};

/// Why the revision does not serve. States come before events, and permanent causes before
/// transient ones.
#[must_use]
pub fn diagnose(facts: &Facts<'_>) -> Option<Diagnosis> {
    let of_pods = of_pods(facts.pods, facts.events);
    let of_revision = facts.revision.and_then(condition::of_revision);
    let (explained, bare): (Vec<_>, Vec<_>) =
        of_revision.into_iter().partition(|found| !is_bare(found.kind));
    let probe =
        || facts.revision.and_then(|revision| unanswered_probe(revision, facts.pods, facts.events));
    let causes = of_pods
        .into_iter()
        .chain(explained)
        .chain(of_events(facts))
        .chain(facts.of_service.cloned())
        .chain(bare.into_iter().map(|found| match probe() {
            Some(probe) => Diagnosis::new(found.kind, format!("{}; {probe}", found.words())),
            None => found,
        }))
        .chain(probe().map(|words| Diagnosis::new(Kind::NotReady, words)));
    first_of_the_worst(causes)
}

/// The cause in the pods alone. Terminating pods do not count, and a pod that ended only counts if
/// there is no other.
#[must_use]
pub fn of_pods(pods: &[Pod], events: &[Event]) -> Option<Diagnosis> {
    let has_present = pods.iter().any(Pod::is_present);
    let counting = pods.iter().filter(|pod| !pod.is_going() && (pod.is_present() || !has_present));
    first_of_the_worst(counting.flat_map(|pod| {
        // The ends of an evicted pod's containers say nothing about the image.
        let of_containers = pod.is_present().then(|| container::of_pod(pod, events));
        of_containers.into_iter().flatten().chain(condition::of_pod(pod))
    }))
}

/// The cause in the revision's own status.
#[must_use]
pub fn of_revision(revision: &Revision) -> Option<Diagnosis> {
    condition::of_revision(revision)
}

/// Why the service cannot have a revision, from its own status.
#[must_use]
pub fn of_configuration(service: &Service) -> Option<Diagnosis> {
    condition::of_configuration(service)
}

/// Why the service has no route, from its own status. Right after a change it may still show the
/// state before.
#[must_use]
pub fn of_route(service: &Service) -> Option<Diagnosis> {
    condition::of_route(service)
}

/// Why the service cannot have a revision or a route, according to its current status.
#[must_use]
pub fn of_service(service: &Service) -> Option<Diagnosis> {
    of_configuration(service).or_else(|| of_route(service))
}

/// Whether a revision's own reason does not name the cause.
const fn is_bare(kind: Kind) -> bool {
    matches!(kind, Kind::ProgressDeadline | Kind::RevisionNotReady)
}

fn first_of_the_worst(causes: impl Iterator<Item = Diagnosis>) -> Option<Diagnosis> {
    // `min_by_key` keeps the first of equals.
    causes.min_by_key(Diagnosis::outlook)
}
