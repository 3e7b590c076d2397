//! What a pod refers to: Secrets and ConfigMaps as volumes and as variables, and the kubelet's
//! message if one is missing.

use serde_json::Value;

use crate::{Kind, state::State, store::Key};

impl State {
    /// Why a volume of a pod cannot be mounted, in the kubelet's words.
    pub(super) fn unmountable(&self, namespace: &str, spec: &Value) -> Option<String> {
        let volumes = spec["volumes"].as_array().into_iter().flatten();
        let mut sources = volumes.flat_map(|volume| {
            let name = volume["name"].as_str().unwrap_or_default();
            sources(volume).into_iter().map(move |source| (name, source))
        });
        sources.find_map(|(volume, source)| {
            let why = self.missing_source(namespace, &source)?;
            Some(format!("MountVolume.SetUp failed for volume \"{volume}\" : {why}"))
        })
    }

    fn missing_source(&self, namespace: &str, source: &Source<'_>) -> Option<String> {
        let Source { kind, name, from } = source;
        let word = kind.singular();
        let Some(object) = self.store.get(&Key::new(*kind, Some(namespace), name)) else {
            return (from["optional"] != true).then(|| format!("{word} \"{name}\" not found"));
        };
        let mut keys =
            from["items"].as_array().into_iter().flatten().filter_map(|item| item["key"].as_str());
        let missing =
            keys.find(|key| !has_key(object, key)).filter(|_| from["optional"] != true)?;
        let what = if *kind == Kind::Secret { "secret" } else { "config" };
        Some(format!("references non-existent {what} key: {missing}"))
    }

    /// Why a container's variables cannot be set, in the kubelet's words.
    pub(super) fn unset_variable(&self, namespace: &str, container: &Value) -> Option<String> {
        let whole = container["envFrom"].as_array().into_iter().flatten();
        let whole = whole.flat_map(|from| {
            [(Kind::ConfigMap, &from["configMapRef"]), (Kind::Secret, &from["secretRef"])]
        });
        let single = container["env"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|variable| &variable["valueFrom"]);
        let single = single.flat_map(|from| {
            [(Kind::ConfigMap, &from["configMapKeyRef"]), (Kind::Secret, &from["secretKeyRef"])]
        });
        whole
            .chain(single)
            .find_map(|(kind, reference)| self.missing_variable(namespace, kind, reference))
    }

    fn missing_variable(&self, namespace: &str, kind: Kind, reference: &Value) -> Option<String> {
        let name = reference["name"].as_str()?;
        if reference["optional"] == true {
            return None;
        }
        let Some(object) = self.store.get(&Key::new(kind, Some(namespace), name)) else {
            return Some(format!("{} \"{name}\" not found", kind.singular()));
        };
        let key = reference["key"].as_str().filter(|key| !has_key(object, key))?;
        Some(format!("couldn't find key {key} in {} {namespace}/{name}", kind.name()))
    }
}

/// A Secret or ConfigMap that a volume is made of.
struct Source<'a> {
    kind: Kind,
    name: &'a str,
    from: &'a Value,
}

fn sources(volume: &Value) -> Vec<Source<'_>> {
    let projected = volume["projected"]["sources"].as_array().into_iter().flatten();
    let projected = projected.flat_map(|source| {
        [(Kind::Secret, &source["secret"], "name"), (Kind::ConfigMap, &source["configMap"], "name")]
    });
    let own = [
        (Kind::Secret, &volume["secret"], "secretName"),
        (Kind::ConfigMap, &volume["configMap"], "name"),
    ];
    let all = own.into_iter().chain(projected);
    all.filter_map(|(kind, from, field)| Some(Source { kind, name: from[field].as_str()?, from }))
        .collect()
}

fn has_key(object: &Value, key: &str) -> bool {
    ["data", "stringData", "binaryData"].iter().any(|field| object[field].get(key).is_some())
}
