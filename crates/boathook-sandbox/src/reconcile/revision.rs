//! The revision controller: resolves the image, creates a pod, and judges its state.

use std::time::Duration;

use boathook_core::duration_text;
use serde_json::{Value, json};

use crate::{
    Behaviour,
    events::EventDetails,
    images::Reference,
    names::ObjectName,
    reconcile::{emitting::REVISION_CONTROLLER, keys::revision_key},
    runs::{Finding, RevisionRun},
    state::State,
    timeline::Happening,
};

/// How long until the controller asks the registry again; twice as long each time.
const RESOLVE_AGAIN: Duration = Duration::from_secs(1);

/// What the registry said about a revision's images.
struct Resolved {
    /// By container, `repository@digest`.
    digests: Vec<(String, String)>,
    behaviour: Option<Behaviour>,
}

impl State {
    pub(super) fn plan_for_revision(
        &mut self,
        after: Duration,
        what: Happening,
        revision: &ObjectName,
    ) {
        if let Some(uid) = self.revisions.get(revision).map(|run| run.uid.clone()) {
            self.plan(after, what, revision, &uid);
        }
    }

    /// Resolves the images' digests at the registry; a revision never changes them afterwards.
    pub(super) fn resolve_image(&mut self, revision: &ObjectName) {
        if self.revisions.get(revision).is_some_and(|run| run.is_failed) {
            return;
        }
        let Some(object) = self.store.get(&revision_key(revision)).cloned() else { return };
        match self.resolve_all(&object["spec"]["containers"]) {
            Ok(Resolved { digests, behaviour }) => {
                let Some(run) = self.revisions.get_mut(revision) else { return };
                run.digests = digests;
                run.behaviour = behaviour;
                run.failures = 0;
                let deploying = Finding::unknown("Deploying", "");
                self.judge(revision, |run, now| {
                    run.container_healthy.set(deploying.clone(), now.to_owned());
                    run.resources_available.set(deploying.clone(), now.to_owned());
                    run.ready.set(deploying.clone(), now.to_owned());
                });
                self.make_deployment(revision);
            }
            Err(message) => {
                self.emit_for_revision(
                    revision,
                    &EventDetails::warning(REVISION_CONTROLLER, "InternalError", &message),
                );
                let missing = Finding::bad("ContainerMissing", message);
                self.judge(revision, |run, now| {
                    run.container_healthy.set(missing.clone(), now.to_owned());
                    run.ready.set(missing.clone(), now.to_owned());
                });
                let Some(run) = self.revisions.get_mut(revision) else { return };
                let wait = RESOLVE_AGAIN.saturating_mul(1 << run.failures.min(9));
                run.failures += 1;
                self.plan_for_revision(wait, Happening::ImageResolved, revision);
            }
        }
    }

    fn resolve_all(&mut self, containers: &Value) -> Result<Resolved, String> {
        let containers = containers.as_array().cloned().unwrap_or_default();
        let mut digests = Vec::new();
        let mut behaviour = None;
        for container in &containers {
            let image = container["image"].as_str().unwrap_or_default();
            let resolved = self.resolve_one(image)?;
            let digest = resolved.split_once('@').map_or("", |(_, digest)| digest);
            if containers.len() == 1 || container["ports"].is_array() {
                behaviour = self.images.by_digest(digest).map(|image| image.behaviour.clone());
            }
            digests.push((container["name"].as_str().unwrap_or_default().to_owned(), resolved));
        }
        Ok(Resolved { digests, behaviour })
    }

    /// `repository@digest`. A digest is taken as it is; only the pod will find out whether it
    /// exists.
    fn resolve_one(&mut self, image: &str) -> Result<String, String> {
        let reference = Reference::of(image);
        if reference.is_local() {
            return Ok(image.to_owned());
        }
        let Reference { repository, digest, .. } = reference;
        if let Some(digest) = digest {
            return Ok(format!("{repository}@{digest}"));
        }
        let found = if self.registry_is_away() {
            Err(self.images.refused(image))
        } else {
            self.images.resolve(image)
        };
        let digest = found.map_err(|why| {
            format!("Unable to fetch image \"{image}\": failed to resolve image to digest: {why}")
        })?;
        Ok(format!("{repository}@{digest}"))
    }

    /// Ends its pod, and says that it is not Ready any more.
    pub(crate) fn fail(&mut self, revision: &ObjectName, reason: &str, message: &str) {
        self.remove_pod(revision);
        if let Some(run) = self.revisions.get_mut(revision) {
            run.is_failed = true;
        }
        let finding = Finding::bad(reason, message.to_owned());
        self.judge(revision, |run, now| {
            run.resources_available.set(finding.clone(), now.to_owned());
            run.ready.set(finding.clone(), now.to_owned());
        });
    }

    /// How long the revision may take: its own annotation, or the cluster's default.
    pub(super) fn deadline(&self, object: &Value) -> Duration {
        let annotation =
            object["metadata"]["annotations"]["serving.knative.dev/progress-deadline"].as_str();
        annotation
            .and_then(|text| duration_text::parse(text).ok())
            .unwrap_or(self.settings.timings.progress_deadline)
    }

    /// Changes conditions of a revision, writes its status, and lets its configuration know.
    pub(super) fn judge(
        &mut self,
        revision: &ObjectName,
        change: impl FnOnce(&mut RevisionRun, &str),
    ) {
        let now = self.time();
        let Some(run) = self.revisions.get_mut(revision) else { return };
        let before = run.ready.finding.clone();
        change(run, &now);
        let changed = run.ready.finding != before;
        let service = run.service.clone();
        self.write_revision_status(revision);
        if changed {
            self.plan_for_service(
                Duration::from_millis(20),
                Happening::ConfigurationUpdated,
                &service,
            );
        }
    }

    /// Writes a revision's status; a change makes the route reconcile again.
    pub(super) fn write_revision_status(&mut self, revision: &ObjectName) {
        let Some(run) = self.revisions.get(revision) else { return };
        let status = revision_status(run);
        let service = run.service.clone();
        if self.store.update(&revision_key(revision), |object| object["status"] = status) {
            self.touch_route(&service);
        }
        self.write_autoscaler(revision);
    }
}

fn revision_status(run: &RevisionRun) -> Value {
    let mut conditions = Vec::new();
    if let Some(active) = &run.active {
        let mut active = active.to_json("Active");
        active["severity"] = json!("Info");
        conditions.push(active);
    }
    conditions.push(run.container_healthy.to_json("ContainerHealthy"));
    conditions.push(run.ready.to_json("Ready"));
    conditions.push(run.resources_available.to_json("ResourcesAvailable"));
    let mut status = json!({"conditions": conditions, "observedGeneration": 1});
    if !run.digests.is_empty() {
        let running = u64::from(run.pod.as_ref().is_some_and(|pod| pod.is_ready()));
        let containers =
            run.digests.iter().map(|(name, digest)| json!({"imageDigest": digest, "name": name}));
        status["containerStatuses"] = containers.collect();
        status["actualReplicas"] = json!(running);
        if run.was_ready {
            status["desiredReplicas"] = json!(u64::from(run.pod.is_some()));
        }
    }
    status
}
