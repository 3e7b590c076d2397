//! What Knative's webhook writes into a service where its author said nothing.

use serde_json::{Value, json};

/// Completes a service. A template that keeps its fixed name is left as it is, which is why re-applying such a manifest is refused.
pub(super) fn complete(service: &mut Value, before: Option<&Value>) {
    let name = &service["spec"]["template"]["metadata"]["name"];
    let keeps_name = name.is_string() && before.is_some_and(|before| before["spec"]["template"]["metadata"]["name"] == *name);
    tidy_metadata(&mut service["spec"]["template"]);
    if !keeps_name {
        complete_template(&mut service["spec"]["template"]["spec"], before.is_none());
    }
    complete_traffic(&mut service["spec"]["traffic"]);
}

fn tidy_metadata(template: &mut Value) {
    if !template["metadata"].is_object() {
        template["metadata"] = json!({});
    }
    if let Some(metadata) = template["metadata"].as_object_mut() {
        metadata.retain(|_, value| !value.is_null() && *value != json!({}));
    }
}

fn complete_template(spec: &mut Value, creating: bool) {
    default(spec, "containerConcurrency", json!(0));
    default(spec, "timeoutSeconds", json!(300));
    if creating {
        default(spec, "enableServiceLinks", json!(false));
    }
    let Some(containers) = spec["containers"].as_array_mut() else { return };
    let only = containers.len() == 1;
    for (index, container) in containers.iter_mut().enumerate() {
        let name = if only { "user-container".to_owned() } else { format!("user-container-{index}") };
        default(container, "name", json!(name));
        default(container, "resources", json!({}));
        if let Some(ports) = container["ports"].as_array_mut() {
            ports.iter_mut().for_each(|port| default(port, "protocol", json!("TCP")));
        }
        if container["ports"].is_null() {
            remove(container, "ports");
        }
        if only || container.get("ports").is_some() {
            complete_readiness(container);
        }
    }
}

fn complete_readiness(container: &mut Value) {
    if !container["readinessProbe"].is_object() {
        container["readinessProbe"] = json!({"successThreshold": 1, "tcpSocket": {"port": 0}});
        return;
    }
    let probe = &mut container["readinessProbe"];
    default(probe, "successThreshold", json!(1));
    if probe["httpGet"].is_object() {
        default(&mut probe["httpGet"], "port", json!(0));
    } else if probe["exec"].is_null() && probe["grpc"].is_null() {
        default(probe, "tcpSocket", json!({"port": 0}));
        ["httpGet", "exec", "grpc"].into_iter().for_each(|handler| remove(probe, handler));
    }
    let timed = ["failureThreshold", "periodSeconds", "timeoutSeconds"].into_iter().any(|field| probe.get(field).is_some());
    if timed {
        default(probe, "failureThreshold", json!(3));
        default(probe, "periodSeconds", json!(10));
        default(probe, "timeoutSeconds", json!(1));
    }
}

fn complete_traffic(traffic: &mut Value) {
    if traffic.as_array().is_none_or(Vec::is_empty) {
        *traffic = json!([{"latestRevision": true, "percent": 100}]);
    }
    for target in traffic.as_array_mut().into_iter().flatten() {
        let latest = target["revisionName"].as_str().unwrap_or_default().is_empty();
        default(target, "latestRevision", json!(latest));
        if target["revisionName"].is_null() {
            remove(target, "revisionName");
        }
    }
}

fn default(object: &mut Value, field: &str, value: Value) {
    if object[field].is_null() {
        object[field] = value;
    }
}

fn remove(object: &mut Value, field: &str) {
    if let Some(object) = object.as_object_mut() {
        object.remove(field);
    }
}
