//! What the pods of the manifests need, in the folder or in the cluster. Of Secrets and ConfigMaps
//! only the keys are read.

use std::collections::BTreeSet;

use boathook_core::objects::Document;
use serde_json::{Value, json};

use crate::{
    check::{
        CheckContext, CheckResult,
        folders::{Folders, Readable},
        manifests::namespaces_of,
        needs::{Needed, Needs, Purpose, needs},
    },
    cluster::ClusterError,
};

const CHECK: &str = "references";

/// What was found of the needed objects in a namespace.
#[derive(Default)]
struct Found<'a> {
    missing: Vec<&'a Needed>,
    /// Keys that an object lacks.
    without_keys: Vec<(&'a Needed, Vec<&'a str>)>,
    /// Those that boathook's account may not look at.
    unknown: Vec<&'a Needed>,
}

pub(super) async fn check(context: &CheckContext, folders: &Folders<'_>) -> Vec<CheckResult> {
    let mut results = Vec::new();
    for folder in folders.readable() {
        for document in folder.documents {
            let needs = needs(document);
            for namespace in namespaces_of(folder.settings, folder.documents, document)
                .iter()
                .filter(|_| !needs.is_empty())
            {
                let found = find(context, folder.documents, namespace.as_str(), &needs).await;
                results.extend(report(folder, document, namespace.as_str(), &found));
            }
        }
    }
    results
}

async fn find<'a>(
    context: &CheckContext,
    documents: &[Document],
    namespace: &str,
    needs: &'a Needs,
) -> Found<'a> {
    let mut found = Found::default();
    for (needed, keys) in needs {
        if (needed.kind, needed.name.as_str()) == ("ServiceAccount", "default") {
            continue;
        }
        let in_folder =
            documents.iter().find(|document| is_it(document, needed, namespace)).map(keys_in);
        if in_folder.as_ref().is_some_and(|has| keys.is_subset(has)) {
            continue;
        }
        match in_cluster(context, needed, !keys.is_empty(), namespace).await {
            // An apply keeps the keys that others wrote.
            Ok(in_cluster) => match (in_folder, in_cluster) {
                (None, None) => found.missing.push(needed),
                (folder, cluster) => {
                    let has: BTreeSet<String> =
                        folder.into_iter().chain(cluster).flatten().collect();
                    let lacks: Vec<&str> =
                        keys.iter().filter(|key| !has.contains(*key)).map(String::as_str).collect();
                    found.without_keys.extend((!lacks.is_empty()).then_some((needed, lacks)));
                }
            },
            Err(error) if error.is_forbidden() => found.unknown.push(needed),
            // Another check reports that the API server does not answer.
            Err(_) => {}
        }
    }
    found
}

/// The keys of an object in the cluster, none where they do not matter; nothing where there is no
/// such object.
async fn in_cluster(
    context: &CheckContext,
    needed: &Needed,
    keys_matter: bool,
    namespace: &str,
) -> Result<Option<BTreeSet<String>>, ClusterError> {
    if keys_matter {
        return context.cluster.keys_of(needed.kind, &needed.name, namespace).await;
    }
    let metadata = json!({"name": needed.name, "namespace": namespace});
    let object = Document(json!({"apiVersion": "v1", "kind": needed.kind, "metadata": metadata}));
    Ok(context.cluster.is_there(&object).await?.then(BTreeSet::new))
}

fn keys_in(document: &Document) -> BTreeSet<String> {
    let fields = ["data", "stringData", "binaryData"]
        .into_iter()
        .filter_map(|field| document.0.get(field).and_then(Value::as_object));
    fields.flat_map(|entries| entries.keys().cloned()).collect()
}

fn is_it(document: &Document, needed: &Needed, namespace: &str) -> bool {
    let is_named = document.api_version() == "v1"
        && document.kind() == needed.kind
        && document.name() == needed.name;
    is_named && document.may_be_in(namespace)
}

fn report(
    folder: Readable<'_>,
    document: &Document,
    namespace: &str,
    found: &Found<'_>,
) -> Vec<CheckResult> {
    let Readable { environment, settings, documents: _ } = folder;
    let object = format!("{}/{}", document.kind(), document.name());
    let place = settings.manifests.display();
    let missing = found.missing.iter().map(|needed| {
        let Needed { kind, name, purpose } = needed;
        let seen = format!(
            "{environment}: {object} needs {kind}/{name} in the namespace {namespace}, and it is neither in {place} nor in the cluster"
        );
        let fix = format!("create it: {}; or correct the name in {place}", create(needed, namespace));
        match purpose {
            Purpose::Start => CheckResult::error(CHECK, seen, "its pods do not start, and the deployment is rolled back", fix),
            Purpose::Pull => {
                CheckResult::warning(CHECK, seen, "its images are pulled without it, which a registry that asks for a login refuses", fix)
            }
        }
    });
    let without_keys = found.without_keys.iter().map(|(Needed { kind, name, .. }, keys)| {
        CheckResult::error(
            CHECK,
            format!(
                "{environment}: {object} needs {} of {kind}/{name} in the namespace {namespace}, which has no such key",
                keys.join(", ")
            ),
            "its pods do not start, and the deployment is rolled back",
            format!(
                "add the key, or correct it in {place}; see those that are there: kubectl describe {} {name} -n {namespace}",
                kind.to_lowercase()
            ),
        )
    });
    let unknown = (!found.unknown.is_empty()).then(|| {
        let names: BTreeSet<String> = found.unknown.iter().map(|needed| format!("{}/{}", needed.kind, needed.name)).collect();
        let names: Vec<String> = names.into_iter().collect();
        let seen = format!(
            "{environment}: {object} needs {}; boathook's role does not allow it to look whether that is there: kubectl get -n {namespace} {}",
            names.join(", "),
            names.join(" ").to_lowercase()
        );
        CheckResult::ok(CHECK, seen)
    });
    missing.chain(without_keys).chain(unknown).collect()
}

fn create(needed: &Needed, namespace: &str) -> String {
    let Needed { kind, name, purpose } = needed;
    match (*kind, purpose) {
        ("Secret", Purpose::Pull) => format!(
            "kubectl create secret docker-registry {name} -n {namespace} --docker-server=REGISTRY --docker-username=USER --docker-password=PASSWORD"
        ),
        ("Secret", Purpose::Start) => {
            format!("kubectl create secret generic {name} -n {namespace} --from-literal=KEY=VALUE")
        }
        ("ConfigMap", _) => {
            format!("kubectl create configmap {name} -n {namespace} --from-literal=KEY=VALUE")
        }
        ("ServiceAccount", _) => format!("kubectl create serviceaccount {name} -n {namespace}"),
        (other, _) => format!("kubectl apply -n {namespace} -f FILE, with the {other} {name}"),
    }
}
