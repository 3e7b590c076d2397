//! The Configuration and Route objects, through which Knative shows its parts.

use serde_json::{Value, json};

use crate::{
    Kind,
    events::EventDetails,
    names::ObjectName,
    reconcile::{
        emitting::SERVICE_CONTROLLER,
        keys::{part_key, service_key},
    },
    runs::Truth,
    state::State,
};

impl State {
    /// Makes or updates both objects from the service's spec.
    pub(super) fn write_parts(&mut self, name: &ObjectName, service: &Value) {
        let spec = &service["spec"];
        self.write_part(name, Kind::Configuration, json!({"template": spec["template"]}), service);
        self.write_part(name, Kind::Route, json!({"traffic": spec["traffic"]}), service);
        let uid = self
            .store
            .get(&part_key(Kind::Configuration, name))
            .map(|object| object["metadata"]["uid"].clone());
        if let (Some(run), Some(Value::String(uid))) = (self.services.get_mut(name), uid) {
            run.configuration.uid = uid;
        }
    }

    fn write_part(&mut self, name: &ObjectName, kind: Kind, spec: Value, service: &Value) {
        let key = part_key(kind, name);
        let annotations = &service["metadata"]["annotations"];
        let signed = json!({
            "serving.knative.dev/creator": annotations["serving.knative.dev/creator"],
            "serving.knative.dev/lastModifier": annotations["serving.knative.dev/lastModifier"],
        });
        if self.store.get(&key).is_none() {
            let object = json!({"metadata": {
                "annotations": signed,
                "labels": {
                    "serving.knative.dev/service": name.name,
                    "serving.knative.dev/serviceUID": service["metadata"]["uid"],
                },
                "ownerReferences": [owner(Kind::Service, &name.name, &service["metadata"]["uid"])],
            }});
            self.keep_new(key.clone(), object);
            let made = format!("Created {kind} \"{}\"", name.name);
            self.emit_for_service(
                name,
                &EventDetails::normal(SERVICE_CONTROLLER, "Created", &made),
            );
        }
        self.store.update(&key, |object| {
            let generation = object["metadata"]["generation"].as_u64().unwrap_or_default();
            let changed = object["spec"] != spec;
            object["metadata"]["generation"] = json!(generation + u64::from(changed));
            object["metadata"]["annotations"] = signed;
            object["spec"] = spec;
        });
    }

    /// Writes both objects' statuses.
    pub(super) fn write_part_statuses(&mut self, name: &ObjectName) {
        let Some(run) = self.services.get(name) else { return };
        let service_status = self
            .store
            .get(&service_key(name))
            .map(|object| object["status"].clone())
            .unwrap_or_default();
        let mut configuration = json!({"conditions": [run.configurations_ready.to_json("Ready")]});
        for field in ["latestCreatedRevisionName", "latestReadyRevisionName"] {
            copy(&mut configuration, &service_status, field);
        }
        let assigned = if run.routes_ready.finding.truth == Truth::True {
            &run.ready
        } else {
            &run.routes_ready
        };
        let conditions = [
            assigned.to_json("AllTrafficAssigned"),
            run.routes_ready.to_json("IngressReady"),
            run.routes_ready.to_json("Ready"),
        ];
        let mut route = json!({"conditions": conditions});
        for field in ["address", "traffic", "url"] {
            copy(&mut route, &service_status, field);
        }
        for (kind, mut status) in [(Kind::Configuration, configuration), (Kind::Route, route)] {
            self.store.update(&part_key(kind, name), |object| {
                status["observedGeneration"] = object["metadata"]["generation"].clone();
                object["status"] = status;
            });
        }
    }
}

/// A reference to the controlling owner.
pub(super) fn owner(kind: Kind, name: &str, uid: &Value) -> Value {
    json!({
        "apiVersion": kind.api_version(),
        "blockOwnerDeletion": true,
        "controller": true,
        "kind": kind.name(),
        "name": name,
        "uid": uid,
    })
}

fn copy(to: &mut Value, from: &Value, field: &str) {
    if let Some(value) = from.get(field) {
        to[field] = value.clone();
    }
}
