//! Which templates Knative takes.

use serde_json::Value;

use crate::{deployment::ImageRef, sandbox::admission::rename};

/// Everything that is wrong with the template of a service.
pub(super) fn wrong(service_name: &str, service: &Value, before: Option<&Value>) -> Vec<String> {
    let template = &service["spec"]["template"];
    let mut wrong = wrong_containers(&template["spec"]["containers"]);
    wrong.extend(disallowed(&template["spec"]));
    if let Some(name) = template["metadata"]["name"].as_str() {
        if !name.starts_with(&format!("{service_name}-")) {
            wrong.push(format!("invalid value: \"{name}\" must have prefix \"{service_name}-\": spec.template.metadata.name"));
        }
        wrong.extend(before.and_then(|before| rename::complaint(&before["spec"]["template"], template)));
    }
    wrong
}

fn wrong_containers(containers: &Value) -> Vec<String> {
    let containers = containers.as_array().map(Vec::as_slice).unwrap_or_default();
    if containers.is_empty() {
        return vec!["missing field(s): spec.template.spec.containers".to_owned()];
    }
    let mut wrong: Vec<_> = containers.iter().enumerate().filter_map(|(index, container)| wrong_image(index, container)).collect();
    let with_ports = containers.iter().filter(|container| container["ports"].is_array()).count();
    if containers.len() > 1 && with_ports != 1 {
        let got = if with_ports == 0 { "neither" } else { "both" };
        wrong.push(format!("expected exactly one, got {got}: spec.template.spec.containers[*].ports"));
    }
    wrong
}

fn wrong_image(index: usize, container: &Value) -> Option<String> {
    let field = format!("spec.template.spec.containers[{index}].image");
    match container["image"].as_str().unwrap_or_default() {
        "" => Some(format!("missing field(s): {field}")),
        image if ImageRef::parse(image).is_err() => {
            Some(format!("Failed to parse image reference: {field}\nimage: \"{image}\", error: could not parse reference: {image}"))
        }
        _ => None,
    }
}

/// What Knative takes only where its operator switched it on.
fn disallowed(spec: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    if spec["initContainers"].as_array().is_some_and(|containers| !containers.is_empty()) {
        wrong.push("must not set the field(s): spec.template.spec.initContainers".to_owned());
    }
    for (index, volume) in spec["volumes"].as_array().into_iter().flatten().enumerate() {
        if volume["persistentVolumeClaim"].is_object() {
            let name = volume["name"].as_str().unwrap_or_default();
            wrong.push(format!(
                "Persistent volume claim support is disabled, but found persistent volume claim {name}: must not set the field(s): \
                 spec.template.spec.volumes[{index}].persistentVolumeClaim"
            ));
        }
    }
    wrong
}
