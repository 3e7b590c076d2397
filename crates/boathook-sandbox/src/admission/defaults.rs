//! The defaults that Knative's webhook fills into a service.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// Completes a service. A template that keeps its fixed name is left as it is, which is why
/// re-applying such a manifest is refused.
pub(super) fn complete(service: &mut Value, before: Option<&Value>) {
    let name = &service["spec"]["template"]["metadata"]["name"];
    let keeps_name = name.is_string()
        && before.is_some_and(|before| before["spec"]["template"]["metadata"]["name"] == *name);
    if !keeps_name {
        complete_revision(&mut service["spec"]["template"]["spec"], before.is_none());
    }
    complete_traffic(&mut service["spec"]);
}

fn complete_revision(spec: &mut Value, creating: bool) {
    if spec["timeoutSeconds"].as_i64().unwrap_or_default() == 0 {
        spec["timeoutSeconds"] = json!(300);
    }
    default(spec, "containerConcurrency", json!(0));
    name_containers(spec);
    let writable = writable_volumes(spec);
    let count = spec["containers"].as_array().map_or(0, Vec::len);
    for container in spec["containers"].as_array_mut().into_iter().flatten() {
        if count == 1 || container.get("ports").is_some() {
            complete_handler(container);
        }
        complete_readiness(&mut container["readinessProbe"]);
        for mount in container["volumeMounts"].as_array_mut().into_iter().flatten() {
            if !mount["name"].as_str().is_some_and(|name| writable.contains(name)) {
                mount["readOnly"] = json!(true);
            }
        }
        drop_nulls(container);
    }
    if creating && count > 0 {
        default(spec, "enableServiceLinks", json!(false));
    }
}

fn writable_volumes(spec: &Value) -> BTreeSet<String> {
    let volumes = spec["volumes"].as_array().into_iter().flatten();
    let writable = volumes.filter(|volume| {
        ["emptyDir", "persistentVolumeClaim", "ephemeral"]
            .iter()
            .any(|source| volume[*source].is_object())
    });
    writable.filter_map(|volume| volume["name"].as_str().map(str::to_owned)).collect()
}

fn name_containers(spec: &mut Value) {
    let kinds = [("containers", "user-container"), ("initContainers", "init-container")];
    let every = kinds.iter().flat_map(|(kind, _)| spec[*kind].as_array().into_iter().flatten());
    let taken: BTreeSet<String> =
        every.filter_map(|container| container["name"].as_str().map(str::to_owned)).collect();
    for (kind, word) in kinds {
        let Some(containers) = spec.get_mut(kind).and_then(Value::as_array_mut) else { continue };
        let bare = containers.len() == 1 && !taken.contains(word);
        let mut numbered =
            (0..).map(|number| format!("{word}-{number}")).filter(|name| !taken.contains(name));
        for container in containers
            .iter_mut()
            .filter(|container| container["name"].as_str().is_none_or(str::is_empty))
        {
            let name = if bare { Some(word.to_owned()) } else { numbered.next() };
            container["name"] = json!(name);
        }
    }
}

/// By default, the serving container is probed at its port.
fn complete_handler(container: &mut Value) {
    default(container, "readinessProbe", json!({}));
    let probe = &mut container["readinessProbe"];
    if ["httpGet", "exec", "grpc", "tcpSocket"].iter().all(|handler| probe.get(*handler).is_none())
    {
        probe["tcpSocket"] = json!({"port": 0});
    }
}

fn complete_readiness(probe: &mut Value) {
    if !probe.is_object() {
        return;
    }
    let number = |probe: &Value, field: &str| probe[field].as_i64().unwrap_or_default();
    let timed = number(probe, "periodSeconds") != 0;
    for (field, value) in [("successThreshold", 1), ("failureThreshold", 3), ("timeoutSeconds", 1)]
    {
        if number(probe, field) == 0 && (timed || field == "successThreshold") {
            probe[field] = json!(value);
        }
    }
    drop_nulls(probe);
}

fn complete_traffic(spec: &mut Value) {
    if spec["traffic"].as_array().is_none_or(Vec::is_empty) {
        spec["traffic"] = json!([{"latestRevision": true, "percent": 100}]);
    }
    for target in spec["traffic"].as_array_mut().into_iter().flatten() {
        let latest = target["revisionName"].as_str().unwrap_or_default().is_empty();
        default(target, "latestRevision", json!(latest));
        default(target, "percent", json!(0));
        drop_nulls(target);
    }
}

fn default(object: &mut Value, field: &str, value: Value) {
    if object[field].is_null() {
        object[field] = value;
    }
}

/// Looking at a field that is not there leaves a null behind.
fn drop_nulls(object: &mut Value) {
    if let Some(object) = object.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
}
