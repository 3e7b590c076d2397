//! Apply the objects in the manifests; the plan left out Knative services that already exist.

use std::time::Duration;

use crate::{
    deployment::ImageRef,
    objects::Document,
    rollout::{ServiceManifest, step_data::StepData},
};
use serde::{Deserialize, Serialize};

/// Writes the rendered documents into the deployment's own work directory and applies them there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApplyManifests {
    /// The directory below the work directory, `manifests/<env>`: the argument that operators see.
    pub directory: String,
    /// What is applied, namespaces first.
    pub documents: Vec<Document>,
    /// Whether the Secrets here have only names, with their values in the deployment's own
    /// directory.
    #[serde(default)]
    pub sealed: bool,
    /// Where in these documents the image goes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<ImagePlace>,
    /// The service itself, on its first deployment.
    pub service: Option<ServiceManifest>,
    /// How long to retry while the cluster is unreachable.
    pub deadline: Duration,
}

/// A place in one of the documents that gets the image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImagePlace {
    /// The document's index.
    pub document: usize,
    /// The place in it, as a JSON pointer.
    pub pointer: String,
}

impl StepData for ApplyManifests {
    fn changes_service(&self) -> bool {
        self.service.is_some()
    }

    fn title(&self) -> String {
        format!("Apply {}", self.directory)
    }
}

impl ApplyManifests {
    /// Removes the Secrets except for their names; returns them in order.
    pub fn seal(&mut self) -> Vec<Document> {
        if self.sealed {
            return Vec::new();
        }
        self.sealed = true;
        self.documents
            .iter_mut()
            .filter(|document| document.is_secret())
            .map(|secret| {
                let name = secret.only_its_name();
                std::mem::replace(secret, name)
            })
            .collect()
    }

    /// Whether Secrets have to be put back before the documents are applied.
    #[must_use]
    pub fn lacks_secrets(&self) -> bool {
        self.sealed && self.documents.iter().any(Document::is_secret)
    }

    /// The documents with these Secrets in their places; none if they are not the ones that were
    /// removed.
    #[must_use]
    pub fn unsealed(&self, secrets: Vec<Document>) -> Option<Vec<Document>> {
        let mut documents = self.documents.clone();
        let mut secrets = secrets.into_iter();
        for document in documents.iter_mut().filter(|document| document.is_secret()) {
            *document = secrets.next().filter(|secret| secret.only_its_name() == *document)?;
        }
        Some(documents)
    }

    /// Everything that is applied, with the image in its places and the service last.
    #[must_use]
    pub fn with_image(&self, mut documents: Vec<Document>, image: &ImageRef) -> Vec<Document> {
        for ImagePlace { document, pointer } in &self.images {
            if let Some(document) = documents.get_mut(*document) {
                document.set_text(pointer, &image.to_string());
            }
        }
        documents.extend(self.service.as_ref().map(|service| service.with_image(image)));
        documents
    }
}
