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

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Namespace,
        Self::Pod,
        Self::ConfigMap,
        Self::Secret,
        Self::ServiceAccount,
        Self::CoreService,
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
            Self::Secret => &[],
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
            Self::Namespace | Self::Pod | Self::ConfigMap | Self::Secret | Self::ServiceAccount | Self::CoreService => "",
        }
    }

    /// The `apiVersion` of its objects.
    #[must_use]
    pub const fn api_version(self) -> &'static str {
        if self.group().is_empty() { "v1" } else { "serving.knative.dev/v1" }
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
