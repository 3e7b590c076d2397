//! What an environment's folder holds.

use boathook_core::objects::Document;

/// What was read of a folder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manifests {
    /// The objects, in order.
    pub documents: Vec<Document>,
    /// Which key of which file stands twice, so that kubectl drops its first entry in silence.
    /// kustomize refuses such files.
    pub replaced: Vec<String>,
}
