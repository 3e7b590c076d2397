//! The Knative service as its manifest says, before the image is known.

use serde::{Deserialize, Serialize};

use crate::cluster::Document;

/// A Knative service's manifest with boathook's label, and the place where the image goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceManifest {
    /// The document; its template has no name, its spec no traffic.
    pub document: Document,
    /// The index of the container that gets the image.
    pub container: usize,
}
