//! The kinds of object that the simulated API server keeps, under the names by which a client may call them.

use std::fmt;

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `v1` Namespace.
    Namespace,
    /// `v1` Pod.
    Pod,
    /// `v1` ConfigMap.
    ConfigMap,
    /// `v1` Secret.
    Secret,
    /// `v1` ServiceAccount.
    ServiceAccount,
    /// `v1` Service, the Kubernetes one.
    CoreService,
    /// `rbac.authorization.k8s.io/v1` Role.
    Role,
    /// `rbac.authorization.k8s.io/v1` RoleBinding.
    RoleBinding,
    /// `apps/v1` Deployment. Nothing comes of it.
    Deployment,
    /// `batch/v1` Job. Nothing comes of it.
    Job,
    /// `networking.k8s.io/v1` Ingress. Nothing comes of it.
    Ingress,
    /// `networking.k8s.io/v1` NetworkPolicy. Nothing comes of it.
    NetworkPolicy,
    /// `v1` PersistentVolumeClaim. Nothing comes of it.
    PersistentVolumeClaim,
    /// `v1` Event.
    Event,
    /// `v1` ResourceQuota.
    ResourceQuota,
    /// `v1` LimitRange.
    LimitRange,
    /// `serving.knative.dev/v1` Service.
    Service,
    /// `serving.knative.dev/v1` Revision.
    Revision,
    /// `serving.knative.dev/v1` Configuration.
    Configuration,
    /// `serving.knative.dev/v1` Route.
    Route,
}

/// The API group of the Knative kinds.
pub const SERVING: &str = "serving.knative.dev";
/// The API group of roles.
pub const RBAC: &str = "rbac.authorization.k8s.io";
/// The API group of deployments.
pub const APPS: &str = "apps";
/// The API group of jobs.
pub const BATCH: &str = "batch";
/// The API group of what comes in and goes out.
pub const NETWORKING: &str = "networking.k8s.io";

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 20] = [
        Self::Namespace,
        Self::Pod,
        Self::ConfigMap,
        Self::Secret,
        Self::ServiceAccount,
        Self::CoreService,
        Self::Role,
        Self::RoleBinding,
        Self::Deployment,
        Self::Job,
        Self::Ingress,
        Self::NetworkPolicy,
        Self::PersistentVolumeClaim,
        Self::Event,
        Self::ResourceQuota,
        Self::LimitRange,
        Self::Service,
        Self::Revision,
        Self::Configuration,
        Self::Route,
    ];

    /// The kind as objects spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Namespace => "Namespace",
            Self::Pod => "Pod",
            Self::ConfigMap => "ConfigMap",
            Self::Secret => "Secret",
            Self::ServiceAccount => "ServiceAccount",
            Self::CoreService | Self::Service => "Service",
            Self::Role => "Role",
            Self::RoleBinding => "RoleBinding",
            Self::Deployment => "Deployment",
            Self::Job => "Job",
            Self::Ingress => "Ingress",
            Self::NetworkPolicy => "NetworkPolicy",
            Self::PersistentVolumeClaim => "PersistentVolumeClaim",
            Self::Event => "Event",
            Self::ResourceQuota => "ResourceQuota",
            Self::LimitRange => "LimitRange",
            Self::Revision => "Revision",
            Self::Configuration => "Configuration",
            Self::Route => "Route",
        }
    }

    /// The resource as URLs and rules spell it.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Namespace => "namespaces",
            Self::Pod => "pods",
            Self::ConfigMap => "configmaps",
            Self::Secret => "secrets",
            Self::ServiceAccount => "serviceaccounts",
            Self::CoreService | Self::Service => "services",
            Self::Role => "roles",
            Self::RoleBinding => "rolebindings",
            Self::Deployment => "deployments",
            Self::Job => "jobs",
            Self::Ingress => "ingresses",
            Self::NetworkPolicy => "networkpolicies",
            Self::PersistentVolumeClaim => "persistentvolumeclaims",
            Self::Event => "events",
            Self::ResourceQuota => "resourcequotas",
            Self::LimitRange => "limitranges",
            Self::Revision => "revisions",
            Self::Configuration => "configurations",
            Self::Route => "routes",
        }
    }

    /// One of them, as kubectl prints it.
    #[must_use]
    pub const fn singular(self) -> &'static str {
        match self {
            Self::Namespace => "namespace",
            Self::Pod => "pod",
            Self::ConfigMap => "configmap",
            Self::Secret => "secret",
            Self::ServiceAccount => "serviceaccount",
            Self::CoreService | Self::Service => "service",
            Self::Role => "role",
            Self::RoleBinding => "rolebinding",
            Self::Deployment => "deployment",
            Self::Job => "job",
            Self::Ingress => "ingress",
            Self::NetworkPolicy => "networkpolicy",
            Self::PersistentVolumeClaim => "persistentvolumeclaim",
            Self::Event => "event",
            Self::ResourceQuota => "resourcequota",
            Self::LimitRange => "limitrange",
            Self::Revision => "revision",
            Self::Configuration => "configuration",
            Self::Route => "route",
        }
    }

    /// Short names that kubectl takes.
    #[must_use]
    pub const fn short_names(self) -> &'static [&'static str] {
        match self {
            Self::Namespace => &["ns"],
            Self::Pod => &["po"],
            Self::ConfigMap => &["cm"],
            Self::Secret | Self::Role | Self::RoleBinding | Self::Job => &[],
            Self::Deployment => &["deploy"],
            Self::Ingress => &["ing"],
            Self::NetworkPolicy => &["netpol"],
            Self::PersistentVolumeClaim => &["pvc"],
            Self::Event => &["ev"],
            Self::ResourceQuota => &["quota"],
            Self::LimitRange => &["limits"],
            Self::ServiceAccount => &["sa"],
            Self::CoreService => &["svc"],
            Self::Service => &["kservice", "ksvc"],
            Self::Revision => &["rev"],
            Self::Configuration => &["config", "cfg"],
            Self::Route => &["rt"],
        }
    }

    /// The API group; empty for the core.
    #[must_use]
    pub const fn group(self) -> &'static str {
        match self {
            Self::Service | Self::Revision | Self::Configuration | Self::Route => SERVING,
            Self::Role | Self::RoleBinding => RBAC,
            Self::Deployment => APPS,
            Self::Job => BATCH,
            Self::Ingress | Self::NetworkPolicy => NETWORKING,
            Self::Namespace
            | Self::Pod
            | Self::ConfigMap
            | Self::Secret
            | Self::ServiceAccount
            | Self::CoreService
            | Self::PersistentVolumeClaim
            | Self::Event
            | Self::ResourceQuota
            | Self::LimitRange => "",
        }
    }

    /// The `apiVersion` of its objects.
    #[must_use]
    pub const fn api_version(self) -> &'static str {
        match self {
            Self::Service | Self::Revision | Self::Configuration | Self::Route => "serving.knative.dev/v1",
            Self::Role | Self::RoleBinding => "rbac.authorization.k8s.io/v1",
            Self::Deployment => "apps/v1",
            Self::Job => "batch/v1",
            Self::Ingress | Self::NetworkPolicy => "networking.k8s.io/v1",
            Self::Namespace
            | Self::Pod
            | Self::ConfigMap
            | Self::Secret
            | Self::ServiceAccount
            | Self::CoreService
            | Self::PersistentVolumeClaim
            | Self::Event
            | Self::ResourceQuota
            | Self::LimitRange => "v1",
        }
    }

    /// Whether its objects live in a namespace.
    #[must_use]
    pub const fn is_namespaced(self) -> bool {
        !matches!(self, Self::Namespace)
    }

    /// The resource with its group, as error messages write it: `services.serving.knative.dev`, `namespaces`.
    #[must_use]
    pub fn qualified(self) -> String {
        qualify(self.plural(), self.group())
    }

    /// One with its group, as kubectl reports what it did: `service.serving.knative.dev`, `namespace`.
    #[must_use]
    pub fn qualified_singular(self) -> String {
        qualify(self.singular(), self.group())
    }

    /// The kind of an object that names itself so.
    #[must_use]
    pub fn of(api_version: &str, kind: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.api_version() == api_version && one.name() == kind)
    }

    /// The kind that a client's word means: singular, plural, short, or with the group behind it. The core's `services` wins.
    #[must_use]
    pub fn by_word(word: &str) -> Option<Self> {
        let (resource, group) = word.split_once('.').map_or((word, None), |(resource, group)| (resource, Some(group)));
        let group = group.map(|group| group.trim_start_matches("v1.").trim_end_matches('.'));
        Self::ALL.into_iter().find(|kind| {
            let named = kind.plural() == resource || kind.singular() == resource || kind.short_names().contains(&resource);
            named && group.is_none_or(|group| group == kind.group())
        })
    }
}

fn qualify(resource: &str, group: &str) -> String {
    if group.is_empty() { resource.to_owned() } else { format!("{resource}.{group}") }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
