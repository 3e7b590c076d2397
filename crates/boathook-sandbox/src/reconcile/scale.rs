//! Scaling to zero and back: an idle revision has no pods, and the next request creates one.

use std::time::Duration;

use crate::{
    events::EventDetails,
    names::ObjectName,
    reconcile::{emitting::KUBELET, keys::revision_key, pod_object::pod_key},
    runs::{Condition, Finding},
    state::State,
    timeline::Happening,
};

/// How long after a revision is inactive its pod is gone.
const SHUTDOWN: Duration = Duration::from_millis(150);

impl State {
    /// Marks a revision that was idle for long enough as inactive; otherwise checks again later.
    pub(super) fn rest(&mut self, revision: &ObjectName) {
        let limit = self.settings.timings.scale_to_zero;
        let Some(run) =
            self.revisions.get(revision).filter(|run| run.was_ready && run.pod.is_some())
        else {
            return;
        };
        let quiet = self.now.duration_since(run.last_request);
        if quiet < limit || self.keeps_one(revision) {
            let after = if quiet < limit { limit - quiet } else { limit };
            self.plan_for_revision(after, Happening::Idle, revision);
            return;
        }
        let finding = Finding::bad("NoTraffic", "The target is not receiving traffic.");
        self.judge(revision, |run, now| run.active = Some(Condition::new(finding, now.to_owned())));
        self.plan_for_revision(SHUTDOWN, Happening::ScaledToZero, revision);
    }

    /// Removes the pod, unless a request came in the meantime.
    pub(super) fn scale_to_zero(&mut self, revision: &ObjectName) {
        let Some(run) = self.revisions.get(revision).filter(|run| run.pod.is_some()) else {
            return;
        };
        if self.now.duration_since(run.last_request) < self.settings.timings.scale_to_zero {
            self.mark_ready(revision);
        } else {
            self.remove_pod(revision);
        }
    }

    /// Requests a pod if there is none.
    pub(crate) fn wake(&mut self, revision: &ObjectName) {
        if self.revisions.get(revision).is_some_and(|run| run.pod.is_none()) {
            self.create_pod(revision);
        }
    }

    /// Ends every pod of a revision; if requests may come, a new one is created at once.
    pub(crate) fn kill_pods(&mut self, revision: &ObjectName) {
        if self.revisions.get(revision).is_some_and(|run| run.pod.is_some()) {
            self.remove_pod(revision);
            self.plan_for_revision(Duration::from_millis(20), Happening::PodCreated, revision);
        }
    }

    pub(super) fn remove_pod(&mut self, revision: &ObjectName) {
        if let Some(mut pod) = self.revisions.get_mut(revision).and_then(|run| run.pod.take()) {
            let serving = self.serving_container(revision);
            let begun = pod.has_begun();
            for container in [serving.as_str(), "queue-proxy"].into_iter().filter(|_| begun) {
                let message = format!("Stopping container {container}");
                self.emit_for_pod(
                    revision,
                    &mut pod,
                    container,
                    &EventDetails::normal(KUBELET, "Killing", &message),
                );
            }
            self.store.remove(&pod_key(revision, &pod.name));
        }
        self.write_revision_status(revision);
    }

    /// Whether its annotations ask for a pod at all times, and a route names it.
    fn keeps_one(&self, revision: &ObjectName) -> bool {
        let annotations = self
            .store
            .get(&revision_key(revision))
            .map(|object| &object["metadata"]["annotations"]);
        let asks = |name: &str| {
            annotations.is_some_and(|all| all[name].as_str().is_some_and(|least| least != "0"))
        };
        (asks("autoscaling.knative.dev/min-scale") || asks("autoscaling.knative.dev/minScale"))
            && self.is_routed(revision)
    }
}
