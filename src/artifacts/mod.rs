//! Manifests that a request names in a registry: an OCI artifact, fetched by its digest, is a bundle
//! like any other.
//!
//! Nothing is kept here, and nothing is believed: every byte is compared with the digest that the
//! request names, and what is in it passes the limits of bundles.

mod content;
mod error;
mod fault;
mod fetch;
mod manifest;
mod settings;

pub use error::ArtifactError;
pub use fault::ArtifactFault;
pub use fetch::Artifacts;
pub use settings::ArtifactSettings;
