//! The Knative service as its manifest says, before the image is known.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    cluster::{Document, Template},
    deployment::ImageRef,
};

/// A Knative service's manifest with boathook's label, and the place where the image goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceManifest {
    /// The document; its template has no name, its spec no traffic.
    pub document: Document,
    /// The index of the container that gets the image.
    pub container: usize,
}

impl ServiceManifest {
    /// The whole document, with the image in its place.
    #[must_use]
    pub fn with_image(&self, image: &ImageRef) -> Document {
        let mut document = self.document.clone();
        let pointer = format!("/spec/template/spec/containers/{}", self.container);
        if let Some(Value::Object(container)) = document.0.pointer_mut(&pointer) {
            container.insert("image".to_owned(), image.to_string().into());
        }
        document
    }

    /// The template alone, with the image in its place.
    #[must_use]
    pub fn template(&self, image: &ImageRef) -> Template {
        let Document(mut document) = self.with_image(image);
        Template(document.pointer_mut("/spec/template").map(Value::take).unwrap_or_default())
    }
}
