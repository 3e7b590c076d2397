//! What a step may use in a dry run, which checks its change without making it.

use std::path::Path;

use boathook_core::deployment::{ImageRef, RevisionName, ServiceKey};

use crate::cluster::{Cluster, KeptTargets};

/// Everything that a dry run of a step may use.
pub struct DryRunContext<'a> {
    /// The service that would be changed.
    pub service: &'a ServiceKey,
    /// The image, by digest if it is known.
    pub image: &'a ImageRef,
    /// The revision that serves, if any.
    pub stable: Option<&'a RevisionName>,
    /// Tags set by others; they stay in traffic.
    pub kept: &'a KeptTargets,
    /// The cluster.
    pub cluster: &'a Cluster,
    /// The dry run's own directory.
    pub work: &'a Path,
}
