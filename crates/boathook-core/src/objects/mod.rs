//! Objects of Kubernetes and Knative as data: documents of manifests, traffic, and changes of labels
//! and annotations.

mod cluster_scoped;
mod document;
mod metadata_change;
mod traffic;

pub use cluster_scoped::{group_of, is_cluster_scoped};
pub use document::{Document, Template};
pub use metadata_change::{CLUSTER_LOCAL, MetadataChange, VISIBILITY};
pub use traffic::{KeptTargets, Target, Traffic};
