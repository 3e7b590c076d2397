//! The entries of each kind in discovery and OpenAPI. It holds no object.

use crate::{
    Kind,
    kind::{APPS, AUTOSCALING, BATCH, CORE, KNATIVE_NETWORKING, NETWORKING, RBAC, SERVING},
};

/// The group of questions about access.
pub const AUTHORIZATION: &str = "authorization.k8s.io";

/// A version of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupVersion {
    /// The API group; empty for the core.
    pub group: &'static str,
    /// The version, such as `v1`.
    pub version: &'static str,
}

/// All of them; of a group with several, the one that is preferred comes first.
pub const GROUP_VERSIONS: [GroupVersion; 10] = [
    GroupVersion::of(CORE, "v1"),
    GroupVersion::of(SERVING, "v1"),
    GroupVersion::of(SERVING, "v1beta1"),
    GroupVersion::of(KNATIVE_NETWORKING, "v1alpha1"),
    GroupVersion::of(AUTOSCALING, "v1alpha1"),
    GroupVersion::of(RBAC, "v1"),
    GroupVersion::of(APPS, "v1"),
    GroupVersion::of(BATCH, "v1"),
    GroupVersion::of(NETWORKING, "v1"),
    GroupVersion::of(AUTHORIZATION, "v1"),
];

/// One kind, as a client learns of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    pub group_version: GroupVersion,
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

impl GroupVersion {
    const fn of(group: &'static str, version: &'static str) -> Self {
        Self { group, version }
    }

    /// `v1`, or `serving.knative.dev/v1`.
    #[must_use]
    pub fn api_version(self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// The path under which its kinds live: `api/v1`, `apis/serving.knative.dev/v1`.
    #[must_use]
    pub fn path(self) -> String {
        let prefix = if self.group.is_empty() { "api" } else { "apis" };
        format!("{prefix}/{}", self.api_version())
    }

    #[must_use]
    pub fn resources(self) -> Vec<Resource> {
        if self.group == AUTHORIZATION {
            return vec![ACCESS_REVIEW];
        }
        Kind::ALL.into_iter().filter(|kind| self.holds(*kind)).map(resource).collect()
    }

    /// Whether a kind is one of its own.
    #[must_use]
    pub fn holds(self, kind: Kind) -> bool {
        kind.group() == self.group && kind.version() == self.version
    }
}

/// The parts of an object that have a path of their own.
#[must_use]
pub const fn subresources(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Pod => &["log"],
        Kind::ServiceAccount => &["token"],
        Kind::Service
        | Kind::Revision
        | Kind::Configuration
        | Kind::Route
        | Kind::DomainMapping
        | Kind::PodAutoscaler => &["status"],
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
        | Kind::LimitRange
        | Kind::ClusterDomainClaim => &[],
    }
}

const ACCESS_REVIEW: Resource = Resource {
    group_version: GroupVersion::of(AUTHORIZATION, "v1"),
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
        Kind::Service
        | Kind::Revision
        | Kind::Configuration
        | Kind::Route
        | Kind::DomainMapping => &["all", "knative", "serving"],
        Kind::ClusterDomainClaim => &["knative-internal", "networking"],
        Kind::PodAutoscaler => &["knative-internal", "autoscaling"],
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
        group_version: GroupVersion::of(kind.group(), kind.version()),
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
