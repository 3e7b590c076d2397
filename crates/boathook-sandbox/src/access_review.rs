//! An access review: what the caller may do, in the API server's words.

use serde_json::{Value, json};

use crate::{Caller, Cluster};

/// What a `SelfSubjectAccessReview` asks for. An empty text is one that was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
pub(crate) struct ResourceAttributes {
    pub namespace: String,
    pub verb: String,
    pub group: String,
    pub resource: String,
    pub subresource: String,
    pub name: String,
}

impl ResourceAttributes {
    /// The review with its answer.
    pub(crate) fn reviewed(&self, cluster: &Cluster, caller: &Caller) -> Value {
        let Self { namespace, verb, group, resource, subresource, name } = self;
        let whole = if subresource.is_empty() {
            resource.clone()
        } else {
            format!("{resource}/{subresource}")
        };
        let allowed = cluster.may(caller, verb, group, &whole, given(namespace), given(name));
        json!({
            "kind": "SelfSubjectAccessReview",
            "apiVersion": "authorization.k8s.io/v1",
            "metadata": {},
            "spec": {"resourceAttributes": {
                "namespace": namespace, "verb": verb, "group": group, "resource": resource, "subresource": subresource, "name": name,
            }},
            "status": {"allowed": allowed},
        })
    }
}

fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
