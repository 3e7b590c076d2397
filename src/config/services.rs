//! Settings of one service, which override those of its environment.

use std::{collections::BTreeMap, fmt};

use boathook_core::{
    deployment::{Namespace, ServiceKey, ServiceName},
    health::Rules,
    rollout::{JobName, RestoreRule, UrlSettings, WatchRule},
};
use serde::{Deserialize, Deserializer};

use crate::{
    config::text::Text,
    plan::{Pull, Traffic, Waits},
};

/// The sections that a service may have of its own.
pub(super) const SECTIONS: [&str; 11] = [
    "health",
    "container",
    "containers",
    "url",
    "waits",
    "traffic",
    "pull",
    "watch",
    "before",
    "after",
    "rollback",
];

/// The services of an environment that have settings of their own.
pub type Services = BTreeMap<ServiceSelector, ServiceConfig>;

/// Which service a section of settings is for: `NAME`, in any namespace, or `NAMESPACE/NAME`, which
/// overrides `NAME`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceSelector {
    /// The namespace; none if it may be any.
    pub namespace: Option<Namespace>,
    /// The service's name.
    pub service: ServiceName,
}

/// The settings of one service, with the environment's if it has none of its own.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceConfig {
    /// The container that gets the image; where none is named, the one with `ports`.
    pub container: Option<String>,
    /// The other containers that get it; where none are named, all of the same repository.
    pub containers: Option<Vec<String>>,
    /// The stages of each strategy.
    pub traffic: Traffic,
    /// How long a success is watched, if it is.
    pub watch: Option<WatchRule>,
    /// The Jobs of the manifests that must succeed before the service is changed.
    pub before: Vec<JobName>,
    /// Those that must succeed before the candidate gets traffic.
    pub after: Vec<JobName>,
    /// What a rollback does with the objects beside the service.
    pub rollback: RestoreRule,
    /// How images reach the node.
    pub pull: Pull,
    /// How long the cluster may take.
    pub waits: Waits,
    /// What counts as healthy.
    pub health: Rules,
    /// The address of the service.
    pub url: UrlSettings,
}

impl ServiceSelector {
    /// Parses `NAME` or `NAMESPACE/NAME`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (namespace, service) = text
            .split_once('/')
            .map_or((None, text), |(namespace, service)| (Some(namespace), service));
        let namespace = namespace.map(Namespace::parse).transpose().ok()?;
        Some(Self { namespace, service: ServiceName::parse(service).ok()? })
    }

    /// Whether it is for this service.
    #[must_use]
    pub fn matches(&self, key: &ServiceKey) -> bool {
        self.service == key.service
            && self.namespace.as_ref().is_none_or(|namespace| *namespace == key.namespace)
    }
}

impl fmt::Display for ServiceSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{namespace}/{}", self.service),
            None => self.service.fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for ServiceSelector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text {
            expected: "the name of a service, or NAMESPACE/NAME, each at most 63 of a-z, 0-9 and `-`",
            parse: Self::parse,
        })
    }
}
