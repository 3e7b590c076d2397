//! The order in which causes are considered.

use boathook_core::{deployment::RevisionName, failure::shorten};

use crate::{
    cluster::{Event, Pod, Revision, Service},
    diagnosis::{Kind, Outlook, condition, container, event::of_events, unanswered_probe},
};

/// Characters of the cluster's message that are kept.
const WORDS_MAX: usize = 800;

/// What keeps a revision from serving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// Its kind, which decides whether waiting can help.
    pub kind: Kind,
    words: String,
    /// A container ended as if it had been asked to.
    asked_to_end: bool,
}

/// The state of a revision and what belongs to it, at one time.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The revision's name.
    pub name: &'a RevisionName,
    /// The cause in the service's own status, if it is believed; see [`of_service`].
    pub of_service: Option<&'a Diagnosis>,
    /// The revision.
    pub revision: Option<&'a Revision>,
    /// The revision's pods.
    pub pods: &'a [Pod],
    /// Warnings in the namespace, oldest first; empty if they were not read.
    pub events: &'a [Event],
}

impl Diagnosis {
    pub(super) fn new(kind: Kind, words: impl Into<String>) -> Self {
        Self { kind, words: shorten(&words.into(), WORDS_MAX), asked_to_end: false }
    }

    pub(super) fn asked_to_end(self) -> Self {
        Self { asked_to_end: true, ..self }
    }

    /// Whether the kubelet may have ended a container because of its probe, which only events show.
    #[must_use]
    pub(crate) const fn may_be_a_probe(&self) -> bool {
        self.asked_to_end && matches!(self.kind, Kind::Crash)
    }

    /// Whether waiting can help.
    #[must_use]
    pub const fn outlook(&self) -> Outlook {
        self.kind.row().outlook
    }

    /// Whether a container ends, or would at every start.
    #[must_use]
    pub(crate) const fn is_crash(&self) -> bool {
        matches!(self.outlook(), Outlook::Restarting)
            || matches!(self.kind, Kind::CommandNotRunnable | Kind::NoCommand | Kind::MemoryLimitTooLow)
    }

    /// Whether events may have a better cause.
    #[must_use]
    pub(crate) const fn is_vague(&self) -> bool {
        matches!(self.kind, Kind::NotReady | Kind::ProgressDeadline | Kind::RevisionNotReady | Kind::Crash)
    }

    /// The cause in the cluster's own words.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.words
    }

    /// What to do, if the cluster's own words do not say it.
    #[must_use]
    pub const fn advice(&self) -> Option<&'static str> {
        self.kind.row().advice
    }

    /// The cause in the cluster's own words, and what to do.
    #[must_use]
    pub fn in_words(&self) -> String {
        let Self { kind, words, asked_to_end: _ } = self;
        kind.row().advice.map_or_else(|| words.clone(), |advice| format!("{words}; {advice}"))
    }
}

impl<'a> Facts<'a> {
    /// The events since this revision was created: an earlier one of the same name may have left some.
    pub(super) fn recent_events(&self) -> impl DoubleEndedIterator<Item = &'a Event> + use<'a> {
        let (created, uid) = (self.revision.and_then(Revision::created), self.revision.map(Revision::uid));
        self.events.iter().filter(move |event| {
            let is_older = created.is_some_and(|created| event.is_older_than(created));
            !is_older && (event.kind() != "Revision" || uid.is_none_or(|uid| event.may_be_about(uid)))
        })
    }
}

/// Why the revision does not serve. States come before events, and permanent causes before transient ones.
#[must_use]
pub fn diagnose(facts: &Facts<'_>) -> Option<Diagnosis> {
    let of_pods = of_pods(facts.pods, facts.events);
    let of_revision = facts.revision.and_then(condition::of_revision);
    let (explained, bare): (Vec<_>, Vec<_>) = of_revision.into_iter().partition(|found| !is_bare(found.kind));
    let probe = || facts.revision.and_then(|revision| unanswered_probe(revision, facts.pods, facts.events));
    let causes = of_pods
        .into_iter()
        .chain(explained)
        .chain(of_events(facts))
        .chain(facts.of_service.cloned())
        .chain(bare.into_iter().map(|found| match probe() {
            Some(probe) => Diagnosis::new(found.kind, format!("{}; {probe}", found.words)),
            None => found,
        }))
        .chain(probe().map(|words| Diagnosis::new(Kind::NotReady, words)));
    first_of_the_worst(causes)
}

/// The cause in the pods alone. Terminating pods do not count, and a pod that ended only counts if there is no other.
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

/// Why the service has no route, from its own status. Right after a change it may still show the state before.
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
