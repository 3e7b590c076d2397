//! What boathook reads of a Knative revision.

use boathook_core::{
    deployment::{ImageRef, InvalidName, RevisionName},
    objects::Template,
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::cluster::{Condition, condition::find};

/// Keys that Knative itself changes on a revision.
const KNATIVE_KEYS: &str = "serving.knative.dev/";

/// A Knative revision, as the cluster shows it at one time.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Revision {
    metadata: Metadata,
    spec: Value,
    #[serde(default)]
    status: Status,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    name: String,
    uid: String,
    creation_timestamp: Option<Timestamp>,
    #[serde(default)]
    deletion_timestamp: Option<String>,
    #[serde(default)]
    labels: Map<String, Value>,
    #[serde(default)]
    annotations: Map<String, Value>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    conditions: Vec<Condition>,
    container_statuses: Vec<ContainerStatus>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ContainerStatus {
    name: String,
    image_digest: Option<String>,
}

impl Revision {
    /// Whether it is being deleted.
    #[must_use]
    pub(crate) const fn is_going(&self) -> bool {
        self.metadata.deletion_timestamp.is_some()
    }

    /// Its name as the cluster has it.
    #[must_use]
    pub(crate) fn name_text(&self) -> &str {
        &self.metadata.name
    }

    /// Whether it has this label with this value.
    #[must_use]
    pub(crate) fn has_label(&self, key: &str, value: &str) -> bool {
        self.metadata.labels.get(key).is_some_and(|own| own == value)
    }

    /// Its name.
    pub fn name(&self) -> Result<RevisionName, InvalidName> {
        RevisionName::parse(&self.metadata.name)
    }

    /// Its UID: another revision of the same name has another one.
    #[must_use]
    pub fn uid(&self) -> &str {
        &self.metadata.uid
    }

    /// When it was created, if known.
    #[must_use]
    pub const fn created(&self) -> Option<Timestamp> {
        self.metadata.creation_timestamp
    }

    /// The image of a container: the one of this name; the one that serves if there is no name or
    /// no match.
    #[must_use]
    pub fn image(&self, container: Option<&str>) -> Option<&str> {
        self.container(container)?.get("image")?.as_str()
    }

    /// The port that it has to listen on.
    #[must_use]
    pub fn port(&self) -> Option<u64> {
        self.serving_container()?.pointer("/ports/0/containerPort")?.as_u64()
    }

    /// The path that its readiness probe asks for, where the manifest names one.
    #[must_use]
    pub(crate) fn readiness_path(&self) -> Option<&str> {
        self.serving_container()?.pointer("/readinessProbe/httpGet/path")?.as_str()
    }

    /// The image that a container, found as in [`Revision::image`], resolved to, by digest.
    #[must_use]
    pub fn resolved_image(&self, container: Option<&str>) -> Option<ImageRef> {
        let name = self.container(container)?.get("name").and_then(Value::as_str);
        let status = self
            .status
            .container_statuses
            .iter()
            .find(|status| name.is_none_or(|name| name == status.name))?;
        ImageRef::parse(status.image_digest.as_deref()?).ok()
    }

    /// The images of all its containers, by digest, each once.
    #[must_use]
    pub(crate) fn resolved_images(&self) -> Vec<ImageRef> {
        let digests = self
            .status
            .container_statuses
            .iter()
            .filter_map(|status| status.image_digest.as_deref());
        let mut images: Vec<ImageRef> = Vec::new();
        for image in digests.filter_map(|digest| ImageRef::parse(digest).ok()) {
            if !images.contains(&image) {
                images.push(image);
            }
        }
        images
    }

    /// The condition of this type.
    #[must_use]
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        find(&self.status.conditions, kind)
    }

    /// Whether Knative says that it is not Ready.
    #[must_use]
    pub(crate) fn has_failed(&self) -> bool {
        self.condition("Ready").is_some_and(Condition::is_false)
    }

    /// The template that names this revision: applied to the service, it creates no new revision.
    ///
    /// Without Knative's own keys, because Knative changes them and refuses a different template
    /// under the same name.
    #[must_use]
    pub fn template(&self) -> Template {
        let ours = |map: &Map<String, Value>| -> Map<String, Value> {
            map.iter()
                .filter(|(key, _)| !key.starts_with(KNATIVE_KEYS))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect()
        };
        let mut metadata =
            Map::from_iter([("name".to_owned(), Value::from(self.metadata.name.clone()))]);
        for (field, map) in [
            ("labels", ours(&self.metadata.labels)),
            ("annotations", ours(&self.metadata.annotations)),
        ] {
            if !map.is_empty() {
                metadata.insert(field.to_owned(), map.into());
            }
        }
        Template(json!({"metadata": metadata, "spec": self.spec}))
    }

    fn container(&self, named: Option<&str>) -> Option<&Value> {
        let containers = self.spec.get("containers")?.as_array()?;
        let by_name = |name: &str| {
            containers
                .iter()
                .find(|container| container.get("name").and_then(Value::as_str) == Some(name))
        };
        named.and_then(by_name).or_else(|| self.serving_container())
    }

    fn serving_container(&self) -> Option<&Value> {
        let containers = self.spec.get("containers")?.as_array()?;
        containers
            .iter()
            .find(|container| container.get("ports").is_some())
            .or_else(|| containers.first())
    }
}
