//! What is wrong with an artifact.

use boathook_core::deployment::InvalidBundlePath;

/// What is wrong with an artifact, and what to do; the text completes "the artifact ...".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArtifactFault {
    #[error("names a registry that cannot be an address")]
    NoRegistry,
    #[error("has no manifest that boathook can read")]
    Unreadable,
    #[error(
        "is an index of several manifests; name the one in it that holds the folder, by its own digest"
    )]
    Index,
    #[error(
        "has a manifest of the kind `{0}`, which boathook does not know; push it as an image manifest, as `oras push` and `flux push artifact` do"
    )]
    Kind(String),
    #[error("has no layer; push the folder that holds one folder for each environment")]
    Empty,
    #[error(
        "has {0} layers; push the folder as one gzipped tar (`oras push REPOSITORY:TAG manifests/`), or YAML files only"
    )]
    Layers(usize),
    #[error(
        "has a layer of the kind `{0}`; push the folder as one gzipped tar (`oras push REPOSITORY:TAG manifests/`), or YAML files only"
    )]
    LayerKind(String),
    #[error("has a file `{title}` whose path {fault}")]
    Path { title: String, fault: InvalidBundlePath },
    #[error("has two files with the path `{0}`; push each once")]
    Twice(String),
    #[error("has a file that is no text in UTF-8; push YAML")]
    NotText,
    #[error("holds files outside of `{0}`, the folder that it says it was made of; push it again")]
    Outside(String),
}
