//! The kubelet's readiness probes, with an event for each failure.

use std::time::Duration;

use crate::{
    events::EventDetails,
    names::ObjectName,
    reconcile::{
        emitting::{KUBELET, KUBELET_BURST},
        keys::revision_key,
    },
    state::State,
    timeline::Happening,
};

/// What the kubelet says of a pod whose application does not answer.
pub(super) const UNREADY: &str = "Readiness probe failed: HTTP probe failed with statuscode: 503";
/// How often is probed where the template does not say.
const PERIOD: Duration = Duration::from_secs(10);

impl State {
    /// A probe of the pod: it fails as long as the pod is not ready.
    pub(super) fn probe_pod(&mut self, revision: &ObjectName, number: u64) {
        let Some(run) = self.revisions.get(revision) else { return };
        let Some(mut pod) = run.pod.clone().filter(|pod| pod.number == number && !pod.is_ready())
        else {
            return;
        };
        let message = match self.own_period(revision) {
            Some(_) => UNREADY.to_owned(),
            None => format!(
                "Readiness probe failed: Get \"http://{}:8012/\": context deadline exceeded \
                 (Client.Timeout exceeded while awaiting headers)",
                pod.address()
            ),
        };
        self.emit_for_pod(
            revision,
            &mut pod,
            "queue-proxy",
            &EventDetails::warning(KUBELET, "Unhealthy", &message),
        );
        let events = pod.events;
        if let Some(kept) = self.revisions.get_mut(revision).and_then(|run| run.pod.as_mut()) {
            kept.events = events;
        }
        if events < KUBELET_BURST {
            let period = self.own_period(revision).unwrap_or(PERIOD);
            self.plan_for_revision(period, Happening::PodProbed(number), revision);
        }
    }

    /// How long after its start a pod is probed the first time.
    pub(super) fn probe_period(&self, revision: &ObjectName) -> Duration {
        self.own_period(revision).unwrap_or(Duration::from_secs(1)).min(Duration::from_secs(1))
    }

    /// The period that the template asks for.
    fn own_period(&self, revision: &ObjectName) -> Option<Duration> {
        let object = self.store.get(&revision_key(revision))?;
        let containers = object["spec"]["containers"].as_array().into_iter().flatten();
        let mut periods = containers
            .filter_map(|container| container["readinessProbe"]["periodSeconds"].as_u64());
        periods.next().filter(|seconds| *seconds > 0).map(Duration::from_secs)
    }
}
