//! The minimum of OpenAPI that kubectl needs: which query parameters a PATCH of each kind takes.
//! Without that, `apply` and `--dry-run=server` refuse to work. Schemas of the objects are left
//! out; the cluster itself checks every object.

use serde_json::{Map, Value, json};

use crate::api_server::resources::{GROUP_VERSIONS, GroupVersion, Resource};

/// The index at `/openapi/v3`; `base` is the path under which this API server lives for the caller.
#[must_use]
pub fn index(base: &str) -> Value {
    let entry = |one: GroupVersion| {
        let path = one.path();
        let address = format!("{base}/openapi/v3/{path}?hash={}", env!("CARGO_PKG_VERSION"));
        (path, json!({"serverRelativeURL": address}))
    };
    json!({"paths": GROUP_VERSIONS.into_iter().map(entry).collect::<Map<String, Value>>()})
}

/// The document at `/openapi/v3/PATH` of a group's version.
#[must_use]
pub fn document(path: &str) -> Option<Value> {
    let resources = GROUP_VERSIONS.into_iter().find(|one| one.path() == path)?.resources();
    let paths: Map<String, Value> =
        resources.iter().map(|resource| (object_path(resource), operations(resource))).collect();
    let schemas: Map<String, Value> = resources.iter().map(schema).collect();
    Some(json!({
        "openapi": "3.0.0",
        "info": {"title": "boathook-sandbox", "version": env!("CARGO_PKG_VERSION")},
        "paths": paths,
        "components": {"schemas": schemas},
    }))
}

/// The answer to `/openapi/v2`, in protobuf: a document with nothing in it. kubectl looks into it
/// for the patch strategy of kinds that it does not know itself; finding none, it falls back to a
/// merge patch, as it does with the real document.
#[must_use]
pub const fn version_two() -> &'static [u8] {
    // Field 1 (`swagger`), three bytes of text.
    b"\x0a\x032.0"
}

fn object_path(resource: &Resource) -> String {
    let namespace = if resource.namespaced { "namespaces/{namespace}/" } else { "" };
    format!("/{}/{namespace}{}/{{name}}", resource.group_version.path(), resource.plural)
}

fn operations(resource: &Resource) -> Value {
    let operation = |action: &str, parameters: &[&str]| {
        let parameter = |name: &&str| {
            json!({
                "name": name,
                "in": "query",
                "schema": {"type": "string", "uniqueItems": true},
            })
        };
        json!({
            "responses": {"200": {"description": "OK"}},
            "parameters": parameters.iter().map(parameter).collect::<Vec<Value>>(),
            "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": kind(resource),
        })
    };
    if resource.verbs.contains(&"patch") {
        json!({
            "get": operation("get", &[]),
            "patch": operation("patch", &["dryRun", "fieldManager", "fieldValidation"]),
        })
    } else {
        json!({"get": operation("get", &[])})
    }
}

fn schema(resource: &Resource) -> (String, Value) {
    let GroupVersion { group, version } = resource.group_version;
    let domain = if group.is_empty() { "core" } else { group };
    let description =
        "A kind of the sandbox. The cluster checks its fields; they are not described here.";
    let schema = json!({
        "type": "object",
        "description": description,
        "x-kubernetes-group-version-kind": [kind(resource)],
    });
    (format!("{domain}.{version}.{}", resource.kind), schema)
}

fn kind(resource: &Resource) -> Value {
    let GroupVersion { group, version } = resource.group_version;
    json!({"group": group, "version": version, "kind": resource.kind})
}
