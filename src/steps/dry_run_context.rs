//! What a step may use for a dry run: to have its change checked without making it.

use std::path::Path;

use boathook_core::deployment::{ImageRef, RevisionName, ServiceKey};

use crate::cluster::{Cluster, KeptTargets};

/// Everything that a dry run of a step may use.
pub struct DryRunContext<'a> {
    /// The service that would be changed.
    pub service: &'a ServiceKey,
    /// The image, by digest where it is known.
    pub image: &'a ImageRef,
    /// The revision that serves; none where nothing does.
    pub stable: Option<&'a RevisionName>,
    /// Tags of others, which stay in traffic.
    pub kept: &'a KeptTargets,
    /// The cluster.
    pub cluster: &'a Cluster,
    /// A directory of the report's own.
    pub work: &'a Path,
}
