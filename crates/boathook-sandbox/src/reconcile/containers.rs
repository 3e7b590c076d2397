//! What the kubelet does with a pod's containers: mounts, pulls, creates and starts them, and
//! retries failures.

use std::time::Duration;

use boathook_core::deployment::ImageRef;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{
    events::EventDetails,
    images::PullError,
    names::ObjectName,
    reconcile::{emitting::KUBELET, keys::revision_key},
    runs::{PodRun, Step, Waiting},
    state::State,
};

/// The longest that the kubelet waits before it mounts again.
const LONGEST_MOUNT: Duration = Duration::from_secs(122);
/// The interval of the kubelet's sync of a pod without events.
const SYNC: Duration = Duration::from_secs(13);
/// How long after the first attempts the kubelet retries.
const FIRST_SYNC: Duration = Duration::from_secs(1);
/// The time between two pulls, by how often it was pulled in vain.
const PULLS: [u64; 6] = [14, 26, 43, 83, 163, 300];
/// What Knative's own container runs.
const QUEUE_IMAGE: &str = "knative/queue-proxy";

impl State {
    /// Mounts the volumes and starts the containers; gives the time until something more happens,
    /// if ever.
    pub(super) fn begin_containers(
        &mut self,
        revision: &ObjectName,
        pod: &mut PodRun,
    ) -> Option<Duration> {
        let spec = self.store.get(&revision_key(revision))?["spec"].clone();
        if let Some(why) = self.unmountable(&revision.namespace, &spec) {
            self.emit_for_pod(
                revision,
                pod,
                "",
                &EventDetails::warning(KUBELET, "FailedMount", &why),
            );
            pod.ready_at = None;
            pod.tries += 1;
            return Some(Duration::from_millis(500 << (pod.tries - 1).min(8)).min(LONGEST_MOUNT));
        }
        pod.tries = 0;
        let moves = self.begin_all(revision, pod, &spec);
        self.emit_for_start(revision, pod, "queue-proxy", QUEUE_IMAGE);
        moves
    }

    /// Starts every container; the one with the port decides what comes next.
    fn begin_all(
        &mut self,
        revision: &ObjectName,
        pod: &mut PodRun,
        spec: &Value,
    ) -> Option<Duration> {
        let serving = self.serving_container(revision);
        let mut hindered = None;
        for (container, image) in self.containers(revision, spec) {
            let name = container["name"].as_str().unwrap_or_default();
            match self.hindrance(revision, pod, &container, &image) {
                Some(waiting) => hindered = hindered.or(Some(waiting)),
                None if name != serving && pod.tries == 0 => {
                    self.emit_for_start(revision, pod, name, &image)
                }
                None => {}
            }
        }
        match hindered {
            Some(waiting) => Some(self.show(pod, waiting)),
            None => self.begin_serving(revision, pod),
        }
    }

    /// Pulls the images of a scheduled pod; returns whether its containers can begin.
    pub(super) fn pull_ahead(&mut self, revision: &ObjectName, pod: &mut PodRun) -> bool {
        let Some(spec) =
            self.store.get(&revision_key(revision)).map(|object| object["spec"].clone())
        else {
            return false;
        };
        for (container, image) in self.containers(revision, &spec) {
            let policy = container["imagePullPolicy"].as_str().unwrap_or_default();
            if policy != "Never"
                && let Err(error) = self.obtain_image(revision, &image, policy == "Always")
            {
                pod.refused.push((image, error));
            }
        }
        pod.refused.is_empty() && self.unmountable(&revision.namespace, &spec).is_none()
    }

    /// Each container with the image that it runs.
    fn containers(&self, revision: &ObjectName, spec: &Value) -> Vec<(Value, String)> {
        let digests =
            self.revisions.get(revision).map(|run| run.digests.clone()).unwrap_or_default();
        let containers = spec["containers"].as_array().cloned().unwrap_or_default();
        containers.into_iter().zip(digests.into_iter().map(|(_, image)| image)).collect()
    }

    /// Starts the container with the port.
    pub(super) fn begin_serving(
        &mut self,
        revision: &ObjectName,
        pod: &mut PodRun,
    ) -> Option<Duration> {
        let serving = self.serving_container(revision);
        let run = self.revisions.get(revision)?;
        let behaviour = run.behaviour.clone()?;
        let image = run
            .digests
            .iter()
            .find(|(name, _)| *name == serving)
            .map(|(_, image)| image.clone())
            .unwrap_or_default();
        for (reason, message) in
            [("Pulled", already_present(&image).as_str()), ("Created", "Container created")]
        {
            self.emit_for_pod(
                revision,
                pod,
                &serving,
                &EventDetails::normal(KUBELET, reason, message),
            );
        }
        self.run_container(revision, pod, &behaviour)
    }

    fn emit_for_start(
        &mut self,
        revision: &ObjectName,
        pod: &mut PodRun,
        container: &str,
        image: &str,
    ) {
        let pulled = already_present(image);
        for (reason, message) in [
            ("Pulled", pulled.as_str()),
            ("Created", "Container created"),
            ("Started", "Container started"),
        ] {
            self.emit_for_pod(
                revision,
                pod,
                container,
                &EventDetails::normal(KUBELET, reason, message),
            );
        }
    }

    /// The kubelet retries a container that it could not start.
    pub(super) fn wait_on(
        &mut self,
        revision: &ObjectName,
        pod: &mut PodRun,
        waiting: &Waiting,
    ) -> Option<Duration> {
        if let Some(late) = pod.late.take() {
            pod.step = Step::Waiting(late);
            return Some(SYNC.saturating_sub(FIRST_SYNC));
        }
        if waiting.reason == "ErrImagePull" {
            return Some(self.back_off_pulling(revision, pod, waiting));
        }
        let spec = self.store.get(&revision_key(revision))?["spec"].clone();
        self.begin_all(revision, pod, &spec)
    }

    fn back_off_pulling(
        &mut self,
        revision: &ObjectName,
        pod: &mut PodRun,
        waiting: &Waiting,
    ) -> Duration {
        let Waiting { container, message, .. } = waiting;
        let image = self.image_of(revision, container);
        let back_off = format!("Back-off pulling image \"{image}\"");
        self.emit_for_pod(
            revision,
            pod,
            container,
            &EventDetails::normal(KUBELET, "BackOff", &back_off),
        );
        self.emit_for_pod(
            revision,
            pod,
            container,
            &EventDetails::warning(KUBELET, "Failed", "Error: ImagePullBackOff"),
        );
        let message = format!("{back_off}: ErrImagePull: {message}");
        pod.step = Step::Waiting(Waiting {
            container: container.clone(),
            reason: "ImagePullBackOff",
            message,
        });
        let pulls = PULLS[usize::try_from(pod.tries - 1).unwrap_or_default().min(PULLS.len() - 1)];
        let shown = if pod.tries == 1 { FIRST_SYNC } else { SYNC * 2 - FIRST_SYNC };
        Duration::from_secs(pulls).saturating_sub(shown)
    }

    fn image_of(&self, revision: &ObjectName, container: &str) -> String {
        let digests =
            self.revisions.get(revision).map(|run| run.digests.as_slice()).unwrap_or_default();
        digests
            .iter()
            .find(|(name, _)| name == container)
            .map(|(_, image)| image.clone())
            .unwrap_or_default()
    }

    /// Shows why a container waits: at once for the first tries, and later at the kubelet's next
    /// sync.
    fn show(&self, pod: &mut PodRun, waiting: Waiting) -> Duration {
        pod.tries += 1;
        pod.ready_at = None;
        let is_pull = waiting.reason == "ErrImagePull";
        if is_pull && pod.tries > 1 {
            pod.late = Some(waiting);
            return SYNC;
        }
        pod.step = Step::Waiting(waiting);
        if is_pull || pod.tries < 3 { FIRST_SYNC } else { SYNC }
    }

    /// Why a container cannot be created, as the kubelet reports it.
    fn hindrance(
        &mut self,
        revision: &ObjectName,
        pod: &mut PodRun,
        container: &Value,
        image: &str,
    ) -> Option<Waiting> {
        let name = container["name"].as_str().unwrap_or_default().to_owned();
        let tries = pod.tries;
        let mut emit = |state: &mut Self, details: EventDetails<'_>| {
            state.emit_for_pod(revision, pod, &name, &details)
        };
        let waiting = |reason, message| Some(Waiting { container: name.clone(), reason, message });
        if ImageRef::parse(image).is_err() {
            let why = format!(
                "Failed to apply default image tag \"{image}\": couldn't parse image name \
                 \"{image}\": invalid reference format"
            );
            emit(self, EventDetails::warning(KUBELET, "InspectFailed", &why));
            emit(self, EventDetails::warning(KUBELET, "Failed", "Error: InvalidImageName"));
            return waiting("InvalidImageName", why);
        }
        if container["imagePullPolicy"] == "Never" && !self.images.is_on_node(image) {
            let why =
                format!("Container image \"{image}\" is not present with pull policy of Never");
            emit(self, EventDetails::warning(KUBELET, "ErrImageNeverPull", &why));
            emit(self, EventDetails::warning(KUBELET, "Failed", "Error: ErrImageNeverPull"));
            return waiting("ErrImageNeverPull", why);
        }
        let refused = pod
            .refused
            .iter()
            .position(|(refused, _)| refused == image)
            .map(|at| pod.refused.remove(at).1);
        let pulled = match refused {
            Some(error) => Err(error),
            None => self.obtain_image(revision, image, container["imagePullPolicy"] == "Always"),
        };
        let mut emit = |state: &mut Self, details: EventDetails<'_>| {
            state.emit_for_pod(revision, pod, &name, &details)
        };
        if let Err(error) = pulled {
            let why = as_kubelet_says(&error);
            emit(
                self,
                EventDetails::normal(KUBELET, "Pulling", &format!("Pulling image \"{image}\"")),
            );
            emit(
                self,
                EventDetails::warning(
                    KUBELET,
                    "Failed",
                    &format!("Failed to pull image \"{image}\": {why}"),
                ),
            );
            emit(self, EventDetails::warning(KUBELET, "Failed", "Error: ErrImagePull"));
            return waiting("ErrImagePull", why);
        }
        let (reason, why) = match self.unset_variable(&revision.namespace, container) {
            Some(why) => ("CreateContainerConfigError", why),
            None => ("CreateContainerError", self.without_command(container, image, tries)?),
        };
        emit(self, EventDetails::normal(KUBELET, "Pulled", &already_present(image)));
        emit(self, EventDetails::warning(KUBELET, "Failed", &format!("Error: {why}")));
        waiting(reason, why)
    }

    /// Why there is nothing to run: neither the image nor the template says what.
    fn without_command(&self, container: &Value, image: &str, tries: u32) -> Option<String> {
        let is_said = container["command"][0].is_string() || container["args"][0].is_string();
        let behaviour = self.images.behaviour_of(image)?;
        let id = hex::encode(Sha256::digest(format!("container {image} {tries}")));
        (!is_said && !behaviour.has_command).then(|| {
            format!(
                "failed to generate container \"{id}\" spec: failed to generate spec: no command \
                 specified"
            )
        })
    }

    /// Brings an image onto the node, unless it is there and need not be pulled.
    fn obtain_image(
        &mut self,
        revision: &ObjectName,
        image: &str,
        always: bool,
    ) -> Result<(), PullError> {
        let away = self.registry_is_away();
        let found = self.images.obtain(image, always, away)?;
        let serving = self.image_of(revision, &self.serving_container(revision));
        if let Some(run) = self
            .revisions
            .get_mut(revision)
            .filter(|run| run.behaviour.is_none() && serving == image)
        {
            run.behaviour = Some(found.behaviour);
        }
        Ok(())
    }
}

fn already_present(image: &str) -> String {
    format!("Container image \"{image}\" already present on machine and can be accessed by the pod")
}

/// The kubelet names the gRPC code only where the registry has no such image.
fn as_kubelet_says(error: &PullError) -> String {
    if error.code == "NotFound" { error.to_string() } else { error.message.clone() }
}
