//! The Knative service as its manifest says, before the image is known.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    deployment::ImageRef,
    objects::{Document, Template},
};

/// A Knative service's manifest with boathook's label, and the place of the image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceManifest {
    /// The document; its template has no name, its spec no traffic.
    pub document: Document,
    /// The index of the container that gets the image.
    pub container: usize,
    /// The other places of the image in the document, as JSON pointers: containers of the same
    /// repository.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
}

impl ServiceManifest {
    /// The name of the container that gets the image, if it has one.
    #[must_use]
    pub fn container_name(&self) -> Option<&str> {
        self.document
            .0
            .pointer(&format!("/spec/template/spec/containers/{}/name", self.container))?
            .as_str()
    }

    /// The whole document, with the image in its place.
    #[must_use]
    pub fn with_image(&self, image: &ImageRef) -> Document {
        let mut document = self.document.clone();
        let container = format!("/spec/template/spec/containers/{}", self.container);
        if let Some(Value::Object(container)) = document.0.pointer_mut(&container) {
            container.insert("image".to_owned(), image.to_string().into());
        }
        self.also.iter().for_each(|place| document.set_text(place, &image.to_string()));
        document
    }

    /// The template alone, with the image in its place.
    #[must_use]
    pub fn template(&self, image: &ImageRef) -> Template {
        let Document(mut document) = self.with_image(image);
        Template(document.pointer_mut("/spec/template").map(Value::take).unwrap_or_default())
    }
}
