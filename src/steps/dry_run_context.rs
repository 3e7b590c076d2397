//! What a step may use in a dry run, which checks its change without making it.

use std::path::Path;

use boathook_core::{deployment::ImageRef, rollout::Plan};

use crate::cluster::Cluster;

/// Everything that a dry run of a step may use.
pub struct DryRunContext<'a> {
    /// The plan that the step is from.
    pub plan: &'a Plan,
    /// The image as the sender named it.
    pub named: &'a ImageRef,
    /// The image by digest, where the node has it.
    pub pinned: Option<&'a ImageRef>,
    /// The cluster.
    pub cluster: &'a Cluster,
    /// The dry run's own directory.
    pub work: &'a Path,
}

impl DryRunContext<'_> {
    /// The image, by digest if it is known.
    pub(crate) fn image(&self) -> &ImageRef {
        self.pinned.unwrap_or(self.named)
    }
}
