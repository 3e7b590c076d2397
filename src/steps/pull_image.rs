//! Have the node pull the image, and read its digest: what is proven is what runs and what is promoted.

use std::time::Duration;

use futures_util::{FutureExt, future::BoxFuture};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{
    deployment::ImageRef,
    steps::{
        Context, Finding, StepError,
        act::{Act, StepResult},
        retry::persist,
    },
};

/// Pulls the image on the node and continues with its digest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PullImage {
    /// The image as the sender named it.
    pub image: ImageRef,
    /// The words before the image in place of `crictl pull --`.
    pub command: Option<Vec<String>>,
    /// How long trying again may go on when registry or containerd are away.
    pub deadline: Duration,
}

impl Act for PullImage {
    fn title(&self) -> String {
        format!("Pull {}", self.image)
    }

    fn run<'a>(&'a self, context: &'a Context<'a>) -> BoxFuture<'a, StepResult> {
        self.pull(context).boxed()
    }
}

impl PullImage {
    async fn pull(&self, context: &Context<'_>) -> StepResult {
        let until = Instant::now() + self.deadline;
        persist!(context, until, context.cluster.pull(&self.image, self.command.as_deref()))?;
        if let Some(digest) = self.image.digest() {
            return Ok(vec![Finding::Image(self.image.pinned(digest))]);
        }
        let pinned = persist!(context, until, context.cluster.digest(&self.image))?;
        match pinned {
            Some(pinned) => Ok(vec![Finding::Image(pinned)]),
            None => Err(StepError::failed(format!("the node has {} but knows no digest of its repository", self.image))),
        }
    }
}
