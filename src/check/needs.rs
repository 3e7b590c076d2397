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
    for found in of_account(pod)
        .chain(items(&pod["volumes"]).flat_map(of_volume))
        .chain(items(&pod["containers"]).flat_map(of_container))
        .chain(items(&pod["initContainers"]).flat_map(of_container))
    {
        let Mention { kind, name, purpose, keys } = found;
        let keys = keys.into_iter().map(str::to_owned);
        needs.entry(Needed { kind, name: name.to_owned(), purpose }).or_default().extend(keys);
    }
    needs
}

/// A place in a pod's spec that names an object.
struct Mention<'a> {
    kind: &'static str,
    name: &'a str,
    purpose: Purpose,
    keys: Vec<&'a str>,
}

impl<'a> Mention<'a> {
    /// The object that `holder` names in `field`; none if it names none, or an optional one.
    fn of(kind: &'static str, holder: &'a Value, field: &str) -> Option<Self> {
        let name = holder.get(field)?.as_str()?;
        (!name.is_empty() && holder["optional"] != true).then_some(Self {
            kind,
            name,
            purpose: Purpose::Start,
            keys: Vec::new(),
        })
    }

    fn with(self, keys: impl Iterator<Item = &'a str>) -> Self {
        Self { keys: keys.collect(), ..self }
    }

    fn for_pulls(self) -> Self {
        Self { purpose: Purpose::Pull, ..self }
    }
}

fn of_account(pod: &Value) -> impl Iterator<Item = Mention<'_>> {
    let field =
        if pod["serviceAccountName"].is_string() { "serviceAccountName" } else { "serviceAccount" };
    let for_pulls = items(&pod["imagePullSecrets"])
        .filter_map(|secret| Mention::of("Secret", secret, "name").map(Mention::for_pulls));
    Mention::of("ServiceAccount", pod, field).into_iter().chain(for_pulls)
}

fn of_volume(volume: &Value) -> impl Iterator<Item = Mention<'_>> {
    let claim = Mention::of("PersistentVolumeClaim", &volume["persistentVolumeClaim"], "claimName");
    let projected = items(&volume["projected"]["sources"]).flat_map(|source| {
        let secret = with_items("Secret", &source["secret"], "name");
        secret.into_iter().chain(with_items("ConfigMap", &source["configMap"], "name"))
    });
    with_items("Secret", &volume["secret"], "secretName")
        .into_iter()
        .chain(with_items("ConfigMap", &volume["configMap"], "name"))
        .chain(claim)
        .chain(projected)
}

fn with_items<'a>(kind: &'static str, source: &'a Value, field: &str) -> Option<Mention<'a>> {
    let keys = items(&source["items"]).filter_map(|item| item["key"].as_str());
    Mention::of(kind, source, field).map(|mention| mention.with(keys))
}

fn of_container(container: &Value) -> impl Iterator<Item = Mention<'_>> {
    let whole = items(&container["envFrom"]).flat_map(|source| {
        let secret = Mention::of("Secret", &source["secretRef"], "name");
        secret.into_iter().chain(Mention::of("ConfigMap", &source["configMapRef"], "name"))
    });
    let one_key = items(&container["env"]).flat_map(|variable| {
        let source = &variable["valueFrom"];
        let secret = with_key("Secret", &source["secretKeyRef"]);
        secret.into_iter().chain(with_key("ConfigMap", &source["configMapKeyRef"]))
    });
    whole.chain(one_key)
}

fn with_key<'a>(kind: &'static str, source: &'a Value) -> Option<Mention<'a>> {
    Mention::of(kind, source, "name")
        .map(|mention| mention.with(source["key"].as_str().into_iter()))
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

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}
