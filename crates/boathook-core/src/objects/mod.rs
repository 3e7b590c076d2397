//! Objects of Kubernetes and Knative as data: documents of manifests and whether they are as they were
//! last applied, quantities, traffic, and changes of labels and annotations.

mod as_applied;
mod cluster_scoped;
mod deletable;
mod document;
mod metadata_change;
mod quantity;
mod traffic;

pub use as_applied::LAST_APPLIED;
pub use cluster_scoped::{group_of, is_cluster_scoped};
pub use deletable::is_deletable;
pub use document::{Document, Template};
pub use metadata_change::{CLUSTER_LOCAL, MetadataChange, VISIBILITY};
pub use quantity::billionths;
pub use traffic::{KeptTargets, Target, Traffic};
