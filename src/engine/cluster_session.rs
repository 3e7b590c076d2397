//! How a deployment reaches the cluster: through recorded programs, and what its steps see of the
//! namespace.

use std::sync::Arc;

use crate::{
    cluster::{Cluster, Tools},
    steps::View,
};

/// What consecutive steps share.
pub(super) struct ClusterSession {
    pub(super) tools: Arc<Tools>,
    pub(super) cluster: Cluster,
    pub(super) view: View,
}
