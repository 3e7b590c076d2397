//! A container that runs but fails its readiness probe.

use crate::cluster::{Event, Pod, Revision};

/// The diagnosis of a container that runs without ever being ready, if that is the case.
#[must_use]
pub fn unanswered_probe(revision: &Revision, pods: &[Pod], events: &[Event]) -> Option<String> {
    let containers = || pods.iter().filter(|pod| pod.is_present()).flat_map(Pod::containers);
    let steady =
        containers().all(|container| container.is_running() && container.restart_count == 0);
    let unready = containers().any(|container| !container.ready);
    let serving = containers()
        .find(|container| container.name != "queue-proxy")
        .filter(|_| steady && unready)?;
    let port = revision
        .port()
        .map_or_else(|| "8080, Knative's default".to_owned(), |port| port.to_string());
    let said = last_failure(pods, events).map(|said| format!(" ({said})")).unwrap_or_default();
    let path = revision
        .readiness_path()
        .filter(|path| *path != "/")
        .map(|path| format!(", or that GET {path} is not answered with 200 to 399"));
    Some(format!(
        "container {} runs but does not answer its readiness probe{said}; the usual cause is that the image listens on another port than the manifest's containerPort ({port}){}",
        serving.name,
        path.unwrap_or_default()
    ))
}

/// The kubelet's last message about the probe.
fn last_failure<'e>(pods: &[Pod], events: &'e [Event]) -> Option<&'e str> {
    let is_ours =
        |event: &&Event| event.kind() == "Pod" && pods.iter().any(|pod| pod.name() == event.name());
    let failures = events.iter().rev().filter(|event| event.reason == "Unhealthy").filter(is_ours);
    failures
        .map(|event| event.message.trim())
        .find(|said| said.starts_with("Readiness probe failed"))
}
