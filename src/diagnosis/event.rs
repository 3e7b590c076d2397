//! Causes that only events show, or show first: a volume that cannot be mounted, a failed pull, a
//! pod that is refused, an invalid Deployment.

use boathook_core::deployment::RevisionName;

use crate::{
    cluster::{Condition, Container, Event, Pod},
    diagnosis::{
        Diagnosis, Facts, Kind,
        container::{STARTING, config_kind},
        registry,
    },
};

/// The cause in the events of the revision's objects.
pub(super) fn of_events(facts: &Facts<'_>) -> Option<Diagnosis> {
    let pods = || facts.pods.iter().filter(|pod| pod.is_present());
    if pods().next().is_some() {
        // A container that runs has overcome what kept it from starting.
        let hindered =
            pods().filter(|pod| is_about_to_start(pod)).find_map(|pod| of_pod(pod, facts.events));
        return hindered.or_else(|| pods().find_map(|pod| of_pull(pod, facts.events)));
    }
    facts.recent_events().rev().find_map(|event| of_owner(facts.name, event))
}

fn is_about_to_start(pod: &Pod) -> bool {
    !pod.containers()
        .iter()
        .any(|container| container.name != "queue-proxy" && container.is_running())
}

/// Why the pod does not start. Events stay for an hour: those about a stage that its conditions
/// show as done are ignored.
fn of_pod(pod: &Pod, events: &[Event]) -> Option<Diagnosis> {
    let is_done = |condition| pod.condition(condition).is_some_and(Condition::is_true);
    let is_scheduled = is_done("PodScheduled");
    let is_prepared = is_done("PodReadyToStartContainers");
    let own =
        events.iter().rev().filter(|event| event.kind() == "Pod" && event.name() == pod.name());
    own.filter_map(|event| {
        let kind = match event.reason.as_str() {
            "FailedMount" | "FailedAttachVolume" | "FailedMapVolume" if !is_prepared => {
                mount_kind(&event.message)
            }
            "FailedScheduling" if !is_scheduled => Kind::Unschedulable,
            "FailedCreatePodSandBox" | "NetworkNotReady" | "FailedPrepareDynamicResources"
                if !is_prepared =>
            {
                Kind::PodNotStarted
            }
            _ => return None,
        };
        Some(Diagnosis::new(
            kind,
            format!("the pod does not start: {}: {}", event.reason, event.message.trim()),
        ))
    })
    .next()
}

/// The cause of a failed pull. The kubelet's event comes at once; the container's status follows a
/// second later or more.
fn of_pull(pod: &Pod, events: &[Event]) -> Option<Diagnosis> {
    let is_starting = |name: &str| {
        let mut waiting = pod
            .containers()
            .iter()
            .filter(|container| container.name == name)
            .filter_map(Container::waiting);
        waiting.any(|waiting| STARTING.contains(&waiting.reason.as_str()))
    };
    let own = events.iter().rev().filter(|event| {
        event.kind() == "Pod" && event.name() == pod.name() && event.reason == "Failed"
    });
    own.filter_map(|event| {
        let container = event.container().filter(|name| is_starting(name))?;
        let (_, why) = event.message.strip_prefix("Failed to pull image ")?.split_once(": ")?;
        let words = format!("container {container} does not start: ErrImagePull: {}", why.trim());
        Some(Diagnosis::new(registry::kind(why), words))
    })
    .next()
}

fn mount_kind(message: &str) -> Kind {
    match config_kind(message) {
        Kind::ConfigMissing => Kind::ConfigMissing,
        _ => Kind::VolumeNotMounted,
    }
}

/// The cause in the revision, its Deployment and its ReplicaSet, if there is no pod.
fn of_owner(revision: &RevisionName, event: &Event) -> Option<Diagnosis> {
    let deployment = format!("{revision}-deployment");
    match (event.kind(), event.reason.as_str()) {
        ("ReplicaSet", "FailedCreate")
            if event.name().strip_prefix(&deployment)?.starts_with('-') =>
        {
            Some(of_creating_a_pod(&event.message))
        }
        ("Deployment", "ReplicaSetCreateError") if event.name() == deployment => {
            Some(of_creating_a_pod(&event.message))
        }
        ("Revision", "InternalError") if event.name() == revision.as_str() => {
            of_reconciling(revision, &event.message)
        }
        _ => None,
    }
}

/// The cause of a pod that the API server refuses.
pub(super) fn of_creating_a_pod(message: &str) -> Diagnosis {
    let message = message
        .trim_start_matches("(combined from similar events): ")
        .trim_start_matches("Error creating: ")
        .trim();
    Diagnosis::new(refusal_kind(message), format!("the pod cannot be created: {message}"))
}

fn refusal_kind(message: &str) -> Kind {
    let says = |any: &[&str]| any.iter().any(|word| message.contains(word));
    if says(&["exceeded quota"]) {
        Kind::QuotaExceeded
    } else if says(&["failed quota"]) && says(&["must specify"]) {
        Kind::LimitsWanted
    } else if says(&["violates PodSecurity"]) {
        Kind::PodSecurity
    } else if says(&["error looking up service account"]) {
        Kind::ServiceAccountMissing
    } else if says(&["maximum ", "minimum ", "max limit to request ratio"])
        && says(&[" per Container", " per Pod", "limit is", "request is"])
    {
        Kind::LimitsNotAllowed
    } else if says(&["denied the request", "denied request"]) {
        Kind::PolicyDenies
    } else if says(&["is invalid: "]) {
        Kind::DeploymentInvalid
    } else {
        Kind::PodNotCreated
    }
}

/// Causes from Knative's controller; some of its warnings only say that another write came first.
fn of_reconciling(revision: &RevisionName, message: &str) -> Option<Diagnosis> {
    let says = |any: &[&str]| any.iter().any(|word| message.contains(word));
    let passes = says(&["the object has been modified", "already exists"])
        || (message.starts_with("deployment") && message.ends_with("not found"));
    if passes {
        return None;
    }
    let kind = if says(&["does not own"]) {
        Kind::NameTaken
    } else if says(&["Unable to fetch image"]) {
        registry::kind(message)
    } else {
        match refusal_kind(message) {
            Kind::PodNotCreated => Kind::RevisionNotReconciled,
            kind => kind,
        }
    };
    Some(Diagnosis::new(kind, format!("revision {revision}: {}", message.trim())))
}
