//! A change of a service's own labels and annotations.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The label that decides who can reach a service.
pub const VISIBILITY: &str = "networking.knative.dev/visibility";
/// Its value for a service that answers only inside the cluster; any other value, and none, means
/// public.
pub const CLUSTER_LOCAL: &str = "cluster-local";

/// Changes of some labels and annotations; the others stay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MetadataChange {
    /// The new value of each label; none to remove it.
    pub labels: BTreeMap<String, Option<String>>,
    /// The new value of each annotation; none to remove it.
    pub annotations: BTreeMap<String, Option<String>>,
}

impl MetadataChange {
    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.annotations.is_empty()
    }

    /// Whether the service is cluster-local afterwards; none if the change does not affect that.
    #[must_use]
    pub fn makes_local(&self) -> Option<bool> {
        self.labels.get(VISIBILITY).map(|value| value.as_deref() == Some(CLUSTER_LOCAL))
    }
}
