//! What discovery and OpenAPI say of each kind. It holds no object.

use crate::sandbox::{
    Kind,
    kind::{APPS, BATCH, NETWORKING, RBAC, SERVING},
};

/// The version of every group.
pub const VERSION: &str = "v1";
/// The group of questions about access.
pub const AUTHORIZATION: &str = "authorization.k8s.io";
/// All groups; the core group has no name.
pub const GROUPS: [&str; 7] = ["", SERVING, RBAC, APPS, BATCH, NETWORKING, AUTHORIZATION];

/// One kind, as a client learns of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The API group; empty for the core.
    pub group: &'static str,
    /// The name in a path, such as `services`.
    pub plural: &'static str,
    /// The name of one, such as `service`.
    pub singular: &'static str,
    /// The kind in a manifest, such as `Service`.
    pub kind: &'static str,
    /// Whether it lives in a namespace.
    pub namespaced: bool,
    /// What people call it, such as `ksvc`.
    pub short_names: &'static [&'static str],
    /// The words that mean it and others, such as `all`.
    pub categories: &'static [&'static str],
    /// What may be done to it.
    pub verbs: &'static [&'static str],
    /// Parts of it with a path of their own.
    pub subresources: &'static [&'static str],
}

/// `v1`, or `serving.knative.dev/v1`.
#[must_use]
pub fn api_version(group: &str) -> String {
    if group.is_empty() { VERSION.to_owned() } else { format!("{group}/{VERSION}") }
}

/// The path under which a group's kinds live: `api/v1`, `apis/serving.knative.dev/v1`.
#[must_use]
pub fn group_path(group: &str) -> String {
    let prefix = if group.is_empty() { "api" } else { "apis" };
    format!("{prefix}/{}", api_version(group))
}

/// The kinds of a group.
#[must_use]
pub fn resources(group: &str) -> Vec<Resource> {
    if group == AUTHORIZATION {
        return vec![ACCESS_REVIEW];
    }
    Kind::ALL.into_iter().filter(|kind| kind.group() == group).map(resource).collect()
}

/// The parts of an object that have a path of their own.
#[must_use]
pub const fn subresources(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Pod => &["log"],
        Kind::ServiceAccount => &["token"],
        Kind::Service | Kind::Revision | Kind::Configuration | Kind::Route => &["status"],
        Kind::Namespace
        | Kind::ConfigMap
        | Kind::Secret
        | Kind::CoreService
        | Kind::Role
        | Kind::RoleBinding
        | Kind::Deployment
        | Kind::Job
        | Kind::Ingress
        | Kind::NetworkPolicy
        | Kind::PersistentVolumeClaim
        | Kind::Event
        | Kind::ResourceQuota
        | Kind::LimitRange => &[],
    }
}

const ACCESS_REVIEW: Resource = Resource {
    group: AUTHORIZATION,
    plural: "selfsubjectaccessreviews",
    singular: "selfsubjectaccessreview",
    kind: "SelfSubjectAccessReview",
    namespaced: false,
    short_names: &[],
    categories: &[],
    verbs: &["create"],
    subresources: &[],
};

const fn categories(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Pod | Kind::CoreService => &["all"],
        Kind::Service | Kind::Revision | Kind::Configuration | Kind::Route => &["all", "knative", "serving"],
        Kind::Namespace
        | Kind::ConfigMap
        | Kind::Secret
        | Kind::ServiceAccount
        | Kind::Role
        | Kind::RoleBinding
        | Kind::Deployment
        | Kind::Job
        | Kind::Ingress
        | Kind::NetworkPolicy
        | Kind::PersistentVolumeClaim
        | Kind::Event
        | Kind::ResourceQuota
        | Kind::LimitRange => &[],
    }
}

fn resource(kind: Kind) -> Resource {
    Resource {
        group: kind.group(),
        plural: kind.plural(),
        singular: kind.singular(),
        kind: kind.name(),
        namespaced: kind.is_namespaced(),
        short_names: kind.short_names(),
        categories: categories(kind),
        verbs: &["create", "delete", "get", "list", "patch", "watch"],
        subresources: subresources(kind),
    }
}
