//! A container of a pod.

use serde_json::Value;

use crate::admission::{
    names,
    pod_check::{env, probe, resources},
};

/// What is wrong with a container; `serves` says whether Knative gives its probes a port.
pub(super) fn check(container: &Value, path: &str, volumes: &[&str], serves: bool) -> Vec<String> {
    let mut wrong: Vec<String> = name(container, path).into_iter().collect();
    wrong.extend(env::check(container, path));
    wrong.extend(mounts(container, path, volumes));
    wrong.extend(pull_policy(container, path));
    wrong.extend(resources::check(&container["resources"], &format!("{path}.resources")));
    wrong.extend(probe::check(container, path, serves));
    wrong
}

fn name(container: &Value, path: &str) -> Option<String> {
    let name = container["name"].as_str().unwrap_or_default();
    names::not_dns_1123_label(name)
        .map(|rule| format!("{path}.name: Invalid value: \"{name}\": {rule}"))
}

fn mounts<'a>(
    container: &'a Value,
    path: &'a str,
    volumes: &'a [&str],
) -> impl Iterator<Item = String> + 'a {
    let mounts = container["volumeMounts"].as_array().into_iter().flatten().enumerate();
    mounts.filter_map(move |(index, mount)| {
        let name = mount["name"].as_str().unwrap_or_default();
        (!volumes.contains(&name))
            .then(|| format!("{path}.volumeMounts[{index}].name: Not found: \"{name}\""))
    })
}

fn pull_policy(container: &Value, path: &str) -> Option<String> {
    let policy = container["imagePullPolicy"]
        .as_str()
        .filter(|policy| !matches!(*policy, "" | "Always" | "IfNotPresent" | "Never"))?;
    let known = "supported values: \"Always\", \"IfNotPresent\", \"Never\"";
    Some(format!("{path}.imagePullPolicy: Unsupported value: \"{policy}\": {known}"))
}
