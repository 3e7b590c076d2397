//! What boathook reads of a Knative service.

use boathook_core::objects::Traffic;
use serde::Deserialize;
use serde_json::Value;

use crate::cluster::{Condition, Entries, condition::find};

/// Where Knative stores who last changed a service.
const LAST_MODIFIER: &str = "serving.knative.dev/lastModifier";

/// A Knative service, as the cluster shows it at one time.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Service {
    metadata: Metadata,
    spec: Spec,
    #[serde(default)]
    status: Status,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Metadata {
    #[serde(default)]
    name: String,
    uid: String,
    generation: u64,
    #[serde(default)]
    labels: Entries,
    #[serde(default)]
    annotations: Entries,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Spec {
    template: Value,
    #[serde(default)]
    traffic: Traffic,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    observed_generation: u64,
    conditions: Vec<Condition>,
    latest_created_revision_name: Option<String>,
    latest_ready_revision_name: Option<String>,
    traffic: Option<Traffic>,
    url: Option<String>,
    address: Address,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Address {
    url: Option<String>,
}

impl Service {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// Its UID: another service of the same name has another one.
    #[must_use]
    pub fn uid(&self) -> &str {
        &self.metadata.uid
    }

    /// Counts the changes of the spec.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.metadata.generation
    }

    /// Who last changed it, according to Knative.
    #[must_use]
    pub(crate) fn last_modifier(&self) -> &str {
        self.metadata.annotations.get(LAST_MODIFIER).map_or("unknown", String::as_str)
    }

    /// Its own labels, which are not those of its template.
    #[must_use]
    pub const fn labels(&self) -> &Entries {
        &self.metadata.labels
    }

    /// Its own annotations.
    #[must_use]
    pub const fn annotations(&self) -> &Entries {
        &self.metadata.annotations
    }

    /// Whether status is about this generation; otherwise it is stale.
    #[must_use]
    pub(crate) const fn is_observed(&self) -> bool {
        self.status.observed_generation == self.metadata.generation
    }

    /// The label value that the template carries under `key`.
    #[must_use]
    pub(crate) fn template_label(&self, key: &str) -> Option<&str> {
        self.spec.template.get("metadata")?.get("labels")?.get(key)?.as_str()
    }

    /// The template of its spec.
    #[must_use]
    pub(crate) const fn template(&self) -> &Value {
        &self.spec.template
    }

    /// The fixed revision name in the template, if it has one.
    #[must_use]
    pub(crate) fn template_name(&self) -> Option<&str> {
        self.spec.template.get("metadata")?.get("name")?.as_str()
    }

    /// The traffic that the spec asks for.
    #[must_use]
    pub const fn wanted_traffic(&self) -> &Traffic {
        &self.spec.traffic
    }

    /// The actual traffic; `None` if nothing was ever routed, or during a route error.
    #[must_use]
    pub const fn traffic(&self) -> Option<&Traffic> {
        self.status.traffic.as_ref()
    }

    /// The newest revision.
    #[must_use]
    pub(crate) fn latest_created(&self) -> Option<&str> {
        self.status.latest_created_revision_name.as_deref()
    }

    /// The newest revision that was Ready.
    #[must_use]
    pub(crate) fn latest_ready(&self) -> Option<&str> {
        self.status.latest_ready_revision_name.as_deref()
    }

    /// The service's own URL.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        self.status.url.as_deref()
    }

    /// Whether it is cluster-local according to status: its URL is then its address in the cluster.
    #[must_use]
    pub fn is_cluster_local(&self) -> bool {
        let host = |url: &Option<String>| {
            url.as_deref().map(|url| url.split_once("://").map_or(url, |(_, rest)| rest).to_owned())
        };
        let address = host(&self.status.address.url);
        address.is_some() && address == host(&self.status.url)
    }

    /// The condition of this type.
    #[must_use]
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        find(&self.status.conditions, kind)
    }

    /// Whether it is Ready at this generation.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.is_observed() && self.condition("Ready").is_some_and(Condition::is_true)
    }

    /// Its readiness, as text: `Ready=Unknown (RevisionMissing: ...)`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let ready = self
            .condition("Ready")
            .map_or_else(|| "no Ready condition yet".to_owned(), Condition::in_words);
        if self.is_observed() { ready } else { format!("status is behind the spec; {ready}") }
    }
}
