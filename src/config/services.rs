//! Which services have settings of their own, and which those may be.

use std::fmt;

use boathook_core::deployment::{Namespace, ServiceKey, ServiceName};
use serde::{Deserialize, Deserializer};

use crate::config::text::Text;

/// The settings that a service may have of its own.
pub(super) const SETTINGS: [&str; 11] = [
    "container",
    "containers",
    "traffic",
    "watch",
    "before",
    "after",
    "rollback",
    "pull",
    "waits",
    "health",
    "url",
];

/// Which service a section of settings is for: `NAME`, in any namespace, or `NAMESPACE/NAME`, which
/// overrides `NAME`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceSelector {
    /// The namespace; none if it may be any.
    pub namespace: Option<Namespace>,
    /// The service's name.
    pub service: ServiceName,
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
