//! The PodAutoscaler of each revision, in which Knative stores the actual and desired number of
//! pods.

use serde_json::{Value, json};

use crate::{
    Kind,
    names::ObjectName,
    reconcile::{keys::revision_key, parts::owner},
    runs::{Condition, Finding, RevisionRun},
    state::State,
    store::{Key, uid_from},
};

impl State {
    /// Makes the autoscaler once the revision has its deployment, and lets it follow from then on.
    pub(super) fn write_autoscaler(&mut self, revision: &ObjectName) {
        let Some(run) = self.revisions.get(revision) else { return };
        let Some(active) = &run.active else { return };
        let status = status(revision, run, active);
        let routed = self.is_routed(revision);
        let key = autoscaler_key(revision);
        if self.store.get(&key).is_none() {
            let Some(object) = self.store.get(&revision_key(revision)) else { return };
            let made = autoscaler(revision, object, &self.time());
            self.store.put(key.clone(), made);
        }
        self.store.update(&key, |object| {
            object["spec"]["reachability"] =
                json!(if routed { "Reachable" } else { "Unreachable" });
            object["status"] = status;
        });
    }

    pub(super) fn drop_autoscaler(&mut self, revision: &ObjectName) {
        self.store.remove(&autoscaler_key(revision));
    }
}

fn autoscaler_key(revision: &ObjectName) -> Key {
    Key::new(Kind::PodAutoscaler, Some(&revision.namespace), &revision.name)
}

/// Its UID comes from the revision's: it uses up none of those that objects of other kinds get in
/// turn.
fn autoscaler(revision: &ObjectName, object: &Value, now: &str) -> Value {
    let labels = object["metadata"]["labels"].as_object().into_iter().flatten();
    let mut own: serde_json::Map<String, Value> = labels
        .filter(|(name, _)| !name.contains("routingState"))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    own.insert("serving.knative.dev/revision".to_owned(), json!(revision.name));
    own.insert("serving.knative.dev/revisionUID".to_owned(), object["metadata"]["uid"].clone());
    let deployment = format!("{}-deployment", revision.name);
    let uid = uid_from(&format!("podautoscaler of {}", object["metadata"]["uid"]));
    json!({
        "apiVersion": Kind::PodAutoscaler.api_version(),
        "kind": Kind::PodAutoscaler.name(),
        "metadata": {
            "creationTimestamp": now,
            "generation": 1,
            "labels": own,
            "name": revision.name,
            "namespace": revision.namespace,
            "ownerReferences": [owner(Kind::Revision, &revision.name, &object["metadata"]["uid"])],
            "uid": uid,
        },
        "spec": {
            "containerConcurrency": object["spec"]["containerConcurrency"].as_u64().unwrap_or_default(),
            "protocolType": "http1",
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": deployment},
        },
    })
}

fn status(revision: &ObjectName, run: &RevisionRun, active: &Condition) -> Value {
    let since = |finding: Finding| active.beside(finding);
    let initialized = if run.was_ready { Finding::good() } else { Finding::open() };
    let conditions = [
        active.to_json("Active"),
        active.to_json("Ready"),
        since(Finding::good()).to_json("SKSReady"),
        since(initialized).to_json("ScaleTargetInitialized"),
    ];
    let running = u64::from(run.pod.as_ref().is_some_and(|pod| pod.is_ready()));
    let serves = &revision.name;
    let private = format!("{}-private", revision.name);
    json!({
        "actualScale": running,
        "conditions": conditions,
        "desiredScale": u64::from(run.pod.is_some()),
        "metricsServiceName": private,
        "observedGeneration": 1,
        "serviceName": serves,
    })
}
