//! What the pods of a manifest need: Secrets and ConfigMaps with their keys, service accounts,
//! claims and pull secrets.

use std::collections::{BTreeMap, BTreeSet};

use boathook_core::objects::Document;
use serde_json::Value;

/// An object of the core that a pod needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Needed {
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) purpose: Purpose,
}

/// What a pod does without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Purpose {
    /// It does not start.
    Start,
    /// It starts if its images are on the node, or anyone may pull them.
    Pull,
}

/// The objects, each with the keys that must be in it.
pub(super) type Needs = BTreeMap<Needed, BTreeSet<String>>;

/// What a pod of this object does not start without; what is optional is left out.
pub(super) fn needs(document: &Document) -> Needs {
    let pod = pod(document);
    let mut needs = Needs::new();
    let mut add = |kind, holder: &Value, field: &str, purpose, keys: Vec<&str>| {
        let name = holder
            .get(field)
            .and_then(Value::as_str)
            .filter(|name| !name.is_empty() && holder["optional"] != true);
        if let Some(name) = name {
            needs
                .entry(Needed { kind, name: name.to_owned(), purpose })
                .or_default()
                .extend(keys.into_iter().map(str::to_owned));
        }
    };
    let account =
        if pod["serviceAccountName"].is_string() { "serviceAccountName" } else { "serviceAccount" };
    add("ServiceAccount", pod, account, Purpose::Start, Vec::new());
    for secret in items(&pod["imagePullSecrets"]) {
        add("Secret", secret, "name", Purpose::Pull, Vec::new());
    }
    for volume in items(&pod["volumes"]) {
        add(
            "Secret",
            &volume["secret"],
            "secretName",
            Purpose::Start,
            keys_of_items(&volume["secret"]),
        );
        add(
            "ConfigMap",
            &volume["configMap"],
            "name",
            Purpose::Start,
            keys_of_items(&volume["configMap"]),
        );
        add(
            "PersistentVolumeClaim",
            &volume["persistentVolumeClaim"],
            "claimName",
            Purpose::Start,
            Vec::new(),
        );
        for source in items(&volume["projected"]["sources"]) {
            add(
                "Secret",
                &source["secret"],
                "name",
                Purpose::Start,
                keys_of_items(&source["secret"]),
            );
            add(
                "ConfigMap",
                &source["configMap"],
                "name",
                Purpose::Start,
                keys_of_items(&source["configMap"]),
            );
        }
    }
    for container in items(&pod["containers"]).chain(items(&pod["initContainers"])) {
        for source in items(&container["envFrom"]) {
            add("Secret", &source["secretRef"], "name", Purpose::Start, Vec::new());
            add("ConfigMap", &source["configMapRef"], "name", Purpose::Start, Vec::new());
        }
        for variable in items(&container["env"]) {
            let secret = &variable["valueFrom"]["secretKeyRef"];
            let map = &variable["valueFrom"]["configMapKeyRef"];
            add(
                "Secret",
                secret,
                "name",
                Purpose::Start,
                secret["key"].as_str().into_iter().collect(),
            );
            add(
                "ConfigMap",
                map,
                "name",
                Purpose::Start,
                map["key"].as_str().into_iter().collect(),
            );
        }
    }
    needs
}

/// The spec of the pods that an object makes, or of the pod that it is.
fn pod(document: &Document) -> &Value {
    let spec = &document.0["spec"];
    match document.kind() {
        "Pod" => spec,
        "CronJob" => &spec["jobTemplate"]["spec"]["template"]["spec"],
        _ => &spec["template"]["spec"],
    }
}

fn keys_of_items(source: &Value) -> Vec<&str> {
    items(&source["items"]).filter_map(|item| item["key"].as_str()).collect()
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}
