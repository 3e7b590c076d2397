//! Reads manifests as kubectl reads them: the same files, the same documents, the same values.
//!
//! kubectl turns YAML into JSON with go-yaml 2, which knows YAML 1.1: `0440` is 288, `on` is true
//! and 1e3 a whole number. The scanner is libyaml's, which go-yaml 2 was ported from; what a scalar
//! means, how mappings merge and which keys are the same is decided here. Nothing is changed, and
//! nothing is run but `kubectl kustomize` where a folder has a kustomization (docs/decisions/0010).

mod budget;
mod bundle_secrets;
mod convert;
mod decode;
mod documents;
mod error;
mod folder;
mod folder_contents;
mod json;
mod keys;
mod kustomization;
mod kustomization_fields;
mod numbers;
mod objects;
mod patches;
mod read;
mod replaced;
mod resolve;
mod resolved;
mod secrets;
mod stream;
mod surrogates;
mod tree;

pub use bundle_secrets::{secret_in, secrets_in};
pub use documents::documents;
pub use error::{Fault, ManifestError};
pub use folder_contents::Manifests;
pub use read::ManifestFolder;
pub use secrets::secrets;
