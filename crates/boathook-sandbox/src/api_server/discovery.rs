//! Which groups and kinds there are, in both forms that clients ask for: one document for
//! everything (aggregated) or one for each group (plain).

use serde_json::{Value, json};

use crate::api_server::resources::{GROUP_VERSIONS, GroupVersion, Resource};

/// The form of an answer about groups, as the `Accept` header asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Everything at once, in this version of the format.
    Aggregated(&'static str),
    /// Names of groups only.
    Plain,
}

impl Form {
    /// The newest form that the client takes.
    #[must_use]
    pub fn wanted(accept: &str) -> Self {
        let takes = |version: &str| {
            accept.contains(&format!("g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"))
        };
        ["v2", "v2beta1"]
            .into_iter()
            .find(|version| takes(version))
            .map_or(Self::Plain, Self::Aggregated)
    }

    /// The content type of an answer in this form.
    #[must_use]
    pub fn content_type(self) -> String {
        match self {
            Self::Aggregated(version) => format!(
                "application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
            ),
            Self::Plain => "application/json".to_owned(),
        }
    }
}

/// The answer to `/api`: the core group.
#[must_use]
pub fn core_group(form: Form) -> Value {
    match form {
        Form::Aggregated(version) => aggregated(version, &[""]),
        Form::Plain => {
            json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})
        }
    }
}

/// The answer to `/apis`: every other group.
#[must_use]
pub fn named_groups(form: Form) -> Value {
    let mut named: Vec<&str> =
        GROUP_VERSIONS.into_iter().map(|one| one.group).filter(|group| !group.is_empty()).collect();
    named.dedup();
    match form {
        Form::Aggregated(version) => aggregated(version, &named),
        Form::Plain => {
            let groups: Vec<Value> = named.into_iter().map(plain_group).collect();
            json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
        }
    }
}

/// The answer to `/apis/GROUP`.
#[must_use]
pub fn group(name: &str) -> Option<Value> {
    let known =
        GROUP_VERSIONS.into_iter().find(|one| !one.group.is_empty() && one.group == name)?;
    let mut answer = plain_group(known.group);
    answer["kind"] = json!("APIGroup");
    answer["apiVersion"] = json!("v1");
    Some(answer)
}

/// The answer to `/api/v1` and `/apis/GROUP/VERSION`.
#[must_use]
pub fn resources_at(path: &str) -> Option<Value> {
    let known = GROUP_VERSIONS.into_iter().find(|one| one.path() == path)?;
    let resources: Vec<Value> = known.resources().iter().flat_map(plain_resources).collect();
    Some(json!({
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": known.api_version(),
        "resources": resources,
    }))
}

fn aggregated(version: &str, groups: &[&str]) -> Value {
    let items: Vec<Value> = groups.iter().copied().map(aggregated_group).collect();
    json!({
        "kind": "APIGroupDiscoveryList",
        "apiVersion": format!("apidiscovery.k8s.io/{version}"),
        "metadata": {},
        "items": items,
    })
}

fn aggregated_group(group: &str) -> Value {
    let metadata = if group.is_empty() { json!({}) } else { json!({"name": group}) };
    let version = |one: GroupVersion| {
        let resources: Vec<Value> = one.resources().iter().map(aggregated_resource).collect();
        json!({"version": one.version, "resources": resources, "freshness": "Current"})
    };
    json!({"metadata": metadata, "versions": versions(group).map(version).collect::<Vec<Value>>()})
}

fn aggregated_resource(resource: &Resource) -> Value {
    let GroupVersion { group, version } = resource.group_version;
    let kind = json!({"group": group, "version": version, "kind": resource.kind});
    let subresource =
        |name: &&str| json!({"subresource": name, "responseKind": kind, "verbs": ["get"]});
    json!({
        "resource": resource.plural,
        "responseKind": kind,
        "scope": if resource.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": resource.singular,
        "shortNames": resource.short_names,
        "categories": resource.categories,
        "verbs": resource.verbs,
        "subresources": resource.subresources.iter().map(subresource).collect::<Vec<Value>>(),
    })
}

fn plain_group(group: &str) -> Value {
    let version =
        |one: GroupVersion| json!({"groupVersion": one.api_version(), "version": one.version});
    let versions: Vec<Value> = versions(group).map(version).collect();
    json!({"name": group, "versions": versions, "preferredVersion": versions.first()})
}

fn versions(group: &str) -> impl Iterator<Item = GroupVersion> {
    GROUP_VERSIONS.into_iter().filter(move |one| one.group == group)
}

fn plain_resources(resource: &Resource) -> Vec<Value> {
    let entry = |name: String, singular: &str, verbs: &[&str]| {
        json!({
            "name": name,
            "singularName": singular,
            "namespaced": resource.namespaced,
            "kind": resource.kind,
            "verbs": verbs,
            "shortNames": resource.short_names,
            "categories": resource.categories,
        })
    };
    let mut entries = vec![entry(resource.plural.to_owned(), resource.singular, resource.verbs)];
    entries.extend(
        resource
            .subresources
            .iter()
            .map(|part| entry(format!("{}/{part}", resource.plural), "", verbs_of(part))),
    );
    entries
}

/// What may be done to a part of an object.
fn verbs_of(part: &str) -> &'static [&'static str] {
    if part == "status" { &["get", "patch"] } else { &["get"] }
}
