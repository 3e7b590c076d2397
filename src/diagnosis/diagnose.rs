//! The order in which what the cluster shows is considered, and what comes of it.

use boathook_core::{deployment::RevisionName, failure::shorten};

use crate::{
    cluster::{Event, Pod, Revision, Service},
    diagnosis::{Kind, Outlook, condition, container, event::of_events, unanswered_probe},
};

/// Letters of the cluster's words that are kept.
const WORDS_MAX: usize = 800;

/// What keeps a revision from serving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// Its kind, from which follows whether waiting can help.
    pub kind: Kind,
    words: String,
    /// A container ended as one does that was asked to.
    told_to_end: bool,
}

/// What the cluster shows of a revision and around it, at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The revision's name.
    pub name: &'a RevisionName,
    /// What the service itself says, as far as it is believed; see [`of_service`].
    pub of_service: Option<&'a Diagnosis>,
    /// The revision.
    pub revision: Option<&'a Revision>,
    /// The revision's pods.
    pub pods: &'a [Pod],
    /// Warnings in the namespace, oldest first; empty where they were not or may not be read.
    pub events: &'a [Event],
}

impl Diagnosis {
    pub(super) fn new(kind: Kind, words: impl Into<String>) -> Self {
        Self { kind, words: shorten(&words.into(), WORDS_MAX), told_to_end: false }
    }

    pub(super) fn told_to_end(self) -> Self {
        Self { told_to_end: true, ..self }
    }

    /// Whether the kubelet may have ended a container because of its probe, which only its events say.
    #[must_use]
    pub const fn may_be_a_probe(&self) -> bool {
        self.told_to_end && matches!(self.kind, Kind::Crash)
    }

    /// Whether waiting can help.
    #[must_use]
    pub const fn outlook(&self) -> Outlook {
        self.kind.row().outlook
    }

    /// Whether a container ends, or would at every start.
    #[must_use]
    pub const fn is_crash(&self) -> bool {
        matches!(self.outlook(), Outlook::Restarting)
            || matches!(self.kind, Kind::CommandNotRunnable | Kind::NoCommand | Kind::MemoryLimitTooLow)
    }

    /// Whether events may say more than the states did.
    #[must_use]
    pub const fn is_vague(&self) -> bool {
        matches!(self.kind, Kind::NotReady | Kind::ProgressDeadline | Kind::RevisionNotReady | Kind::Crash)
    }

    /// The cause in the cluster's own words alone.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.words
    }

    /// What to do, where the cluster's own words do not say.
    #[must_use]
    pub const fn advice(&self) -> Option<&'static str> {
        self.kind.row().advice
    }

    /// The cause in the cluster's own words, and what to do.
    #[must_use]
    pub fn in_words(&self) -> String {
        let Self { kind, words, told_to_end: _ } = self;
        kind.row().advice.map_or_else(|| words.clone(), |advice| format!("{words}; {advice}"))
    }
}

impl<'a> Facts<'a> {
    /// The events that are about this revision's time: another of the same name may have left some.
    pub(super) fn recent_events(&self) -> impl DoubleEndedIterator<Item = &'a Event> + use<'a> {
        let (created, uid) = (self.revision.and_then(Revision::created), self.revision.map(Revision::uid));
        self.events.iter().filter(move |event| {
            let is_older = created.is_some_and(|created| event.is_older_than(created));
            !is_older && (event.kind() != "Revision" || uid.is_none_or(|uid| event.may_be_about(uid)))
        })
    }
}

/// What keeps the revision from serving. States say it first, events where no state does; what cannot resolve itself comes before what can.
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

/// What the pods show without anything else. Pods that were asked to end do not count, and one that ended as a whole only where there is no other.
#[must_use]
pub fn of_pods(pods: &[Pod], events: &[Event]) -> Option<Diagnosis> {
    let has_present = pods.iter().any(Pod::is_present);
    let counting = pods.iter().filter(|pod| !pod.is_going() && (pod.is_present() || !has_present));
    first_of_the_worst(counting.flat_map(|pod| {
        // How the containers of an evicted pod ended says nothing of the image.
        let of_containers = pod.is_present().then(|| container::of_pod(pod, events));
        of_containers.into_iter().flatten().chain(condition::of_pod(pod))
    }))
}

/// What the revision says of itself.
#[must_use]
pub fn of_revision(revision: &Revision) -> Option<Diagnosis> {
    condition::of_revision(revision)
}

/// Why the service can have no revision, as it says itself.
#[must_use]
pub fn of_configuration(service: &Service) -> Option<Diagnosis> {
    condition::of_configuration(service)
}

/// Why the service has no route, as it says itself. Right after a change it may still say what was so before.
#[must_use]
pub fn of_route(service: &Service) -> Option<Diagnosis> {
    condition::of_route(service)
}

/// Why the service can have no revision or no route, as its status says at this moment.
#[must_use]
pub fn of_service(service: &Service) -> Option<Diagnosis> {
    of_configuration(service).or_else(|| of_route(service))
}

/// Whether a revision's own reason says nothing of the cause.
const fn is_bare(kind: Kind) -> bool {
    matches!(kind, Kind::ProgressDeadline | Kind::RevisionNotReady)
}

fn first_of_the_worst(causes: impl Iterator<Item = Diagnosis>) -> Option<Diagnosis> {
    // `min_by_key` keeps the first of equals.
    causes.min_by_key(Diagnosis::outlook)
}
