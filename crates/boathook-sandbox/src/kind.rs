//! The kinds of object that the simulated API server keeps, under the names by which a client may
//! call them.

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
    /// `apps/v1` Deployment. No controller acts on it.
    Deployment,
    /// `batch/v1` Job.
    Job,
    /// `networking.k8s.io/v1` Ingress. No controller acts on it.
    Ingress,
    /// `networking.k8s.io/v1` NetworkPolicy. No controller acts on it.
    NetworkPolicy,
    /// `v1` PersistentVolumeClaim. No controller acts on it.
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
    /// `serving.knative.dev/v1beta1` DomainMapping.
    DomainMapping,
    /// `networking.internal.knative.dev/v1alpha1` ClusterDomainClaim.
    ClusterDomainClaim,
    /// `autoscaling.internal.knative.dev/v1alpha1` PodAutoscaler.
    PodAutoscaler,
}

/// A kind's entry in the API's discovery.
#[derive(Clone, Copy)]
struct Facts {
    name: &'static str,
    plural: &'static str,
    singular: &'static str,
    short_names: &'static [&'static str],
    group: &'static str,
    api_version: &'static str,
}

/// The core API group.
pub const CORE: &str = "";
/// The API group of the Knative kinds.
pub const SERVING: &str = "serving.knative.dev";
/// The API group of Knative's own networking.
pub const KNATIVE_NETWORKING: &str = "networking.internal.knative.dev";
/// The API group of Knative's autoscaling.
pub const AUTOSCALING: &str = "autoscaling.internal.knative.dev";
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
    pub const ALL: [Self; 23] = [
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
        Self::DomainMapping,
        Self::ClusterDomainClaim,
        Self::PodAutoscaler,
    ];

    const fn facts(self) -> Facts {
        match self {
            Self::Namespace => facts("Namespace", "namespaces", "namespace", &["ns"], CORE, "v1"),
            Self::Pod => facts("Pod", "pods", "pod", &["po"], CORE, "v1"),
            Self::ConfigMap => facts("ConfigMap", "configmaps", "configmap", &["cm"], CORE, "v1"),
            Self::Secret => facts("Secret", "secrets", "secret", &[], CORE, "v1"),
            Self::ServiceAccount => {
                facts("ServiceAccount", "serviceaccounts", "serviceaccount", &["sa"], CORE, "v1")
            }
            Self::CoreService => facts("Service", "services", "service", &["svc"], CORE, "v1"),
            Self::Role => facts("Role", "roles", "role", &[], RBAC, "rbac.authorization.k8s.io/v1"),
            Self::RoleBinding => facts(
                "RoleBinding",
                "rolebindings",
                "rolebinding",
                &[],
                RBAC,
                "rbac.authorization.k8s.io/v1",
            ),
            Self::Deployment => {
                facts("Deployment", "deployments", "deployment", &["deploy"], APPS, "apps/v1")
            }
            Self::Job => facts("Job", "jobs", "job", &[], BATCH, "batch/v1"),
            Self::Ingress => facts(
                "Ingress",
                "ingresses",
                "ingress",
                &["ing"],
                NETWORKING,
                "networking.k8s.io/v1",
            ),
            Self::NetworkPolicy => facts(
                "NetworkPolicy",
                "networkpolicies",
                "networkpolicy",
                &["netpol"],
                NETWORKING,
                "networking.k8s.io/v1",
            ),
            Self::PersistentVolumeClaim => facts(
                "PersistentVolumeClaim",
                "persistentvolumeclaims",
                "persistentvolumeclaim",
                &["pvc"],
                CORE,
                "v1",
            ),
            Self::Event => facts("Event", "events", "event", &["ev"], CORE, "v1"),
            Self::ResourceQuota => {
                facts("ResourceQuota", "resourcequotas", "resourcequota", &["quota"], CORE, "v1")
            }
            Self::LimitRange => {
                facts("LimitRange", "limitranges", "limitrange", &["limits"], CORE, "v1")
            }
            Self::Service => facts(
                "Service",
                "services",
                "service",
                &["kservice", "ksvc"],
                SERVING,
                "serving.knative.dev/v1",
            ),
            Self::Revision => facts(
                "Revision",
                "revisions",
                "revision",
                &["rev"],
                SERVING,
                "serving.knative.dev/v1",
            ),
            Self::Configuration => facts(
                "Configuration",
                "configurations",
                "configuration",
                &["config", "cfg"],
                SERVING,
                "serving.knative.dev/v1",
            ),
            Self::Route => {
                facts("Route", "routes", "route", &["rt"], SERVING, "serving.knative.dev/v1")
            }
            Self::DomainMapping => facts(
                "DomainMapping",
                "domainmappings",
                "domainmapping",
                &["dm"],
                SERVING,
                "serving.knative.dev/v1beta1",
            ),
            Self::ClusterDomainClaim => facts(
                "ClusterDomainClaim",
                "clusterdomainclaims",
                "clusterdomainclaim",
                &["cdc"],
                KNATIVE_NETWORKING,
                "networking.internal.knative.dev/v1alpha1",
            ),
            Self::PodAutoscaler => facts(
                "PodAutoscaler",
                "podautoscalers",
                "podautoscaler",
                &["kpa", "pa"],
                AUTOSCALING,
                "autoscaling.internal.knative.dev/v1alpha1",
            ),
        }
    }

    /// The kind as objects spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// The resource as URLs and rules spell it.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        self.facts().plural
    }

    /// One of them, as kubectl prints it.
    #[must_use]
    pub const fn singular(self) -> &'static str {
        self.facts().singular
    }

    /// Short names that kubectl takes.
    #[must_use]
    pub const fn short_names(self) -> &'static [&'static str] {
        self.facts().short_names
    }

    /// The API group; empty for the core.
    #[must_use]
    pub const fn group(self) -> &'static str {
        self.facts().group
    }

    /// The `apiVersion` of its objects.
    #[must_use]
    pub const fn api_version(self) -> &'static str {
        self.facts().api_version
    }

    /// The version alone, such as `v1`.
    #[must_use]
    pub fn version(self) -> &'static str {
        self.api_version().rsplit('/').next().unwrap_or_default()
    }

    /// Whether it is one of Knative's, which the API server knows by their definitions only.
    #[must_use]
    pub fn is_custom(self) -> bool {
        self.group().ends_with("knative.dev")
    }

    /// Whether its objects live in a namespace.
    #[must_use]
    pub const fn is_namespaced(self) -> bool {
        !matches!(self, Self::Namespace | Self::ClusterDomainClaim)
    }

    /// The resource with its group, as error messages write it: `services.serving.knative.dev`,
    /// `namespaces`.
    #[must_use]
    pub fn qualified(self) -> String {
        qualify(self.plural(), self.group())
    }

    /// One with its group, as kubectl reports what it did: `service.serving.knative.dev`,
    /// `namespace`.
    #[must_use]
    pub fn qualified_singular(self) -> String {
        qualify(self.singular(), self.group())
    }

    /// The kind of an object that names itself so.
    #[must_use]
    pub fn of(api_version: &str, kind: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.api_version() == api_version && one.name() == kind)
    }

    /// The kind that a client's word means: singular, plural, short, or with the group behind it.
    /// The core's `services` wins.
    #[must_use]
    pub fn by_word(word: &str) -> Option<Self> {
        let (resource, group) =
            word.split_once('.').map_or((word, None), |(resource, group)| (resource, Some(group)));
        Self::ALL.into_iter().find(|kind| {
            let named = kind.plural() == resource
                || kind.singular() == resource
                || kind.short_names().contains(&resource);
            let with_version = format!("{}.{}", kind.version(), kind.group());
            named && group.is_none_or(|group| group == kind.group() || group == with_version)
        })
    }
}

const fn facts(
    name: &'static str,
    plural: &'static str,
    singular: &'static str,
    short_names: &'static [&'static str],
    group: &'static str,
    api_version: &'static str,
) -> Facts {
    Facts { name, plural, singular, short_names, group, api_version }
}

fn qualify(resource: &str, group: &str) -> String {
    if group.is_empty() { resource.to_owned() } else { format!("{resource}.{group}") }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
