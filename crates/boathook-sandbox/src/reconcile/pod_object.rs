//! A pod as the API server shows it.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    Kind,
    names::ObjectName,
    reconcile::{
        container_status::{container_statuses, unready},
        keys::revision_key,
    },
    runs::{PodRun, RevisionRun, Step},
    state::State,
    store::Key,
};

impl State {
    /// Writes the pod of a revision as it is now.
    pub(super) fn write_pod(&mut self, revision: &ObjectName) {
        let Some(run) = self.revisions.get(revision) else { return };
        let Some(pod) = run.pod.as_ref() else { return };
        let Some(object) = self.store.get(&revision_key(revision)) else { return };
        let key = pod_key(revision, &pod.name);
        let status = self.pod_status(run, pod, object);
        if self.store.get(&key).is_none() {
            let new = json!({
                "metadata": pod_metadata(revision, run, object),
                "spec": pod_spec(revision, run, object),
            });
            let new = self.keep_new(key.clone(), new);
            if let Some(pod) = self.revisions.get_mut(revision).and_then(|run| run.pod.as_mut()) {
                new["metadata"]["uid"].as_str().unwrap_or_default().clone_into(&mut pod.uid);
            }
        }
        self.store.update(&key, |object| object["status"] = status);
    }

    fn pod_status(&self, run: &RevisionRun, pod: &PodRun, revision: &Value) -> Value {
        let born = self.time_of(pod.born);
        if let Step::Unschedulable(why) = &pod.step {
            return json!({
                "conditions": [condition("PodScheduled", &born, Some(("Unschedulable", why)))],
                "phase": "Pending",
            });
        }
        let message = format!("containers with unready status: [{}]", unready(run, pod).join(" "));
        let trouble =
            if pod.is_ready() { None } else { Some(("ContainersNotReady", message.as_str())) };
        // Volumes come first; without them there is no sandbox for the containers.
        let mut prepared = condition("PodReadyToStartContainers", &born, None);
        if matches!(pod.step, Step::Creating) && pod.tries > 0 {
            prepared["status"] = json!("False");
        }
        let started = matches!(pod.step, Step::Running { .. } | Step::Ended(_) | Step::BackOff);
        json!({
            "conditions": [
                prepared,
                condition("Initialized", &born, None),
                condition("Ready", &born, trouble),
                condition("ContainersReady", &born, trouble),
                condition("PodScheduled", &born, None),
            ],
            "containerStatuses": container_statuses(self, run, pod, revision),
            "hostIP": "10.98.0.1",
            "phase": if started { "Running" } else { "Pending" },
            "podIP": pod.address(),
            "qosClass": "Burstable",
            "startTime": born,
        })
    }
}

/// A condition of a pod: True, or False for a reason with a message.
fn condition(kind: &str, since: &str, trouble: Option<(&str, &str)>) -> Value {
    let status = if trouble.is_none() { "True" } else { "False" };
    let mut condition = json!({
        "lastProbeTime": null,
        "lastTransitionTime": since,
        "observedGeneration": 1,
        "status": status,
        "type": kind,
    });
    if let Some((reason, message)) = trouble {
        condition["reason"] = json!(reason);
        condition["message"] = json!(message);
    }
    condition
}

/// The key of a revision's pod.
pub(super) fn pod_key(revision: &ObjectName, pod: &str) -> Key {
    Key::new(Kind::Pod, Some(&revision.namespace), pod)
}

/// The name of a revision's replica set.
pub(super) fn replica_set(revision: &str, uid: &str) -> String {
    format!("{revision}-deployment-{}", &hash(uid)[..10])
}

/// The name of a revision's pod.
pub(super) fn pod_name(revision: &str, uid: &str, number: u64) -> String {
    format!("{}-{}", replica_set(revision, uid), &hash(&format!("{uid} {number}"))[..5])
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

fn pod_metadata(name: &ObjectName, run: &RevisionRun, revision: &Value) -> Value {
    let replica_set = replica_set(&name.name, &run.uid);
    let mut labels = revision["metadata"]["labels"].clone();
    if let Some(labels) = labels.as_object_mut() {
        labels.remove("serving.knative.dev/routingState");
    }
    labels["app"] = json!(name.name);
    labels["pod-template-hash"] = json!(&hash(&run.uid)[..10]);
    labels["serving.knative.dev/revision"] = json!(name.name);
    labels["serving.knative.dev/revisionUID"] = json!(run.uid);
    json!({
        "annotations": {
            "kubectl.kubernetes.io/default-container": run.serving_container(revision),
            "serving.knative.dev/creator": revision["metadata"]["annotations"]["serving.knative.dev/creator"],
        },
        "generateName": format!("{replica_set}-"),
        "generation": 1,
        "labels": labels,
        "ownerReferences": [{
            "apiVersion": "apps/v1", "blockOwnerDeletion": true, "controller": true, "kind": "ReplicaSet", "name": replica_set,
            "uid": run.uid,
        }],
    })
}

fn pod_spec(name: &ObjectName, run: &RevisionRun, revision: &Value) -> Value {
    let mut containers = revision["spec"]["containers"].as_array().cloned().unwrap_or_default();
    for (container, (_, digest)) in containers.iter_mut().zip(&run.digests) {
        container["image"] = json!(digest);
        let env = [
            ("K_REVISION", &name.name),
            ("K_CONFIGURATION", &run.service.name),
            ("K_SERVICE", &run.service.name),
        ];
        let mut all = container["env"].as_array().cloned().unwrap_or_default();
        all.extend(env.into_iter().map(|(name, value)| json!({"name": name, "value": value})));
        container["env"] = json!(all);
    }
    containers.push(json!({"image": "knative/queue-proxy", "name": "queue-proxy"}));
    json!({
        "containers": containers,
        "enableServiceLinks": false,
        "nodeName": "sandbox",
        "restartPolicy": "Always",
    })
}
