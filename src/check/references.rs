//! Checks what the manifests' pods need: Secrets, ConfigMaps, service accounts and claims, in the folder or in the cluster.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    check::{
        CheckContext, CheckResult,
        folders::{Folders, Readable},
        manifests::namespaces_of,
    },
    cluster::Document,
};

const CHECK: &str = "references";

/// A core object that a pod needs.
type Needed = (&'static str, String);

/// What was found of the needed objects in a namespace.
#[derive(Default)]
struct Found {
    missing: Vec<Needed>,
    /// Those that boathook's account may not read.
    unknown: Vec<Needed>,
}

pub(super) async fn check(context: &CheckContext, folders: &Folders<'_>) -> Vec<CheckResult> {
    let mut results = Vec::new();
    for folder in folders.readable() {
        for document in folder.documents {
            let needed = needed(&document.0["spec"]["template"]["spec"]);
            for namespace in namespaces_of(folder.settings, document).iter().filter(|_| !needed.is_empty()) {
                let found = find(context, folder.documents, namespace.as_str(), &needed).await;
                results.extend(report(folder, document, namespace.as_str(), &found));
            }
        }
    }
    results
}

/// What a pod does not start without; what is optional is left out.
fn needed(pod: &Value) -> BTreeSet<Needed> {
    let mut needed = BTreeSet::new();
    let mut add = |kind, holder: &Value, field: &str| {
        let name = holder.get(field).and_then(Value::as_str).filter(|name| !name.is_empty());
        needed.extend(name.filter(|_| holder["optional"] != true).map(|name| (kind, name.to_owned())));
    };
    add("ServiceAccount", pod, "serviceAccountName");
    for volume in items(&pod["volumes"]) {
        add("Secret", &volume["secret"], "secretName");
        add("ConfigMap", &volume["configMap"], "name");
        add("PersistentVolumeClaim", &volume["persistentVolumeClaim"], "claimName");
        for source in items(&volume["projected"]["sources"]) {
            add("Secret", &source["secret"], "name");
            add("ConfigMap", &source["configMap"], "name");
        }
    }
    for container in items(&pod["containers"]).chain(items(&pod["initContainers"])) {
        for source in items(&container["envFrom"]) {
            add("Secret", &source["secretRef"], "name");
            add("ConfigMap", &source["configMapRef"], "name");
        }
        for variable in items(&container["env"]) {
            add("Secret", &variable["valueFrom"]["secretKeyRef"], "name");
            add("ConfigMap", &variable["valueFrom"]["configMapKeyRef"], "name");
        }
    }
    needed
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

async fn find(context: &CheckContext, documents: &[Document], namespace: &str, needed: &BTreeSet<Needed>) -> Found {
    let mut found = Found::default();
    for (kind, name) in needed {
        if (*kind, name.as_str()) == ("ServiceAccount", "default")
            || documents.iter().any(|document| is_it(document, kind, name, namespace))
        {
            continue;
        }
        let object = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}});
        match context.cluster.is_there(&Document(object)).await {
            Ok(true) => {}
            Ok(false) => found.missing.push((kind, name.clone())),
            Err(error) if error.is_forbidden() => found.unknown.push((kind, name.clone())),
            // Another check reports that the API server does not answer.
            Err(_) => {}
        }
    }
    found
}

fn is_it(document: &Document, kind: &str, name: &str, namespace: &str) -> bool {
    document.api_version() == "v1" && document.kind() == kind && document.name() == name && document.may_be_in(namespace)
}

fn report(folder: Readable<'_>, document: &Document, namespace: &str, found: &Found) -> Vec<CheckResult> {
    let Readable { environment, settings, documents: _ } = folder;
    let (object, place) = (format!("{}/{}", document.kind(), document.name()), settings.manifests.display());
    let missing = found.missing.iter().map(|(kind, name)| {
        CheckResult::error(
            CHECK,
            format!(
                "{environment}: {object} needs {kind}/{name} in the namespace {namespace}, and it is neither in {place} nor in the cluster"
            ),
            "its pods do not start, and the deployment is rolled back",
            format!("create it: {}; or correct the name in {place}", create(kind, name, namespace)),
        )
    });
    let unknown = (!found.unknown.is_empty()).then(|| {
        let names: Vec<String> = found.unknown.iter().map(|(kind, name)| format!("{kind}/{name}")).collect();
        let seen = format!(
            "{environment}: {object} needs {}; boathook's role does not allow it to look whether that is there: kubectl get -n {namespace} {}",
            names.join(", "),
            names.join(" ").to_lowercase()
        );
        CheckResult::ok(CHECK, seen)
    });
    missing.chain(unknown).collect()
}

fn create(kind: &str, name: &str, namespace: &str) -> String {
    match kind {
        "Secret" => format!("kubectl create secret generic {name} -n {namespace} --from-literal=KEY=VALUE"),
        "ConfigMap" => format!("kubectl create configmap {name} -n {namespace} --from-literal=KEY=VALUE"),
        "ServiceAccount" => format!("kubectl create serviceaccount {name} -n {namespace}"),
        other => format!("kubectl apply -n {namespace} -f FILE, with the {other} {name}"),
    }
}
