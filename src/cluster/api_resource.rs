//! How the API server names one kind of object.

/// One kind of object, as the API server serves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiResource {
    /// The API group; empty for the core.
    pub group: String,
    /// The kind, as manifests spell it.
    pub kind: String,
    /// The resource, as URLs and roles spell it.
    pub plural: String,
    /// Whether each object belongs to a namespace.
    pub is_namespaced: bool,
}
