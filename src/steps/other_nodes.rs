//! The other boathooks on the record, each on a node of its own.

use std::time::Duration;

use boathook_core::{
    deployment::{DeploymentId, ImageRef},
    rollout::NodePull,
};
use futures_util::{FutureExt, future::BoxFuture};

/// Asks other nodes for what only they can do.
pub trait OtherNodes: Send + Sync {
    /// Asks the nodes that are there now to pull an image within a time; one that was asked before for
    /// the same deployment is not asked again. An error is in words.
    fn order_pulls<'a>(
        &'a self,
        deployment: &'a DeploymentId,
        image: &'a ImageRef,
        within: Duration,
    ) -> BoxFuture<'a, Result<(), String>>;

    /// All that were asked, and what they have answered.
    fn pulls<'a>(
        &'a self,
        deployment: &'a DeploymentId,
        image: &'a ImageRef,
    ) -> BoxFuture<'a, Result<Vec<NodePull>, String>>;
}

/// Nobody else has the record.
pub struct Alone;

impl OtherNodes for Alone {
    fn order_pulls<'a>(
        &'a self,
        _: &'a DeploymentId,
        _: &'a ImageRef,
        _: Duration,
    ) -> BoxFuture<'a, Result<(), String>> {
        std::future::ready(Ok(())).boxed()
    }

    fn pulls<'a>(
        &'a self,
        _: &'a DeploymentId,
        _: &'a ImageRef,
    ) -> BoxFuture<'a, Result<Vec<NodePull>, String>> {
        std::future::ready(Ok(Vec::new())).boxed()
    }
}
