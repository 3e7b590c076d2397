//! Get stable's image onto the node before traffic leaves it, so that the rollback needs no
//! registry.

use boathook_core::{deployment::ImageRef, rollout::Observation};
use futures_util::{FutureExt, future::BoxFuture};
use serde::{Deserialize, Serialize};

use crate::steps::{
    Context,
    step_behavior::{StepBehavior, StepResult},
};

/// Pulls stable's digest. A failure is only noted: the new image may be the fix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PullStable {
    /// Stable's image by digest.
    pub image: ImageRef,
    /// The command to run instead of `crictl pull --`; the image follows.
    pub command: Option<Vec<String>>,
}

impl StepBehavior for PullStable {
    fn title(&self) -> String {
        format!("Pull stable's {}", self.image)
    }

    fn run<'a>(&'a self, context: &'a Context<'a>) -> BoxFuture<'a, StepResult> {
        self.pull(context).boxed()
    }
}

impl PullStable {
    async fn pull(&self, context: &Context<'_>) -> StepResult {
        match context.cluster.pull(&self.image, self.command.as_deref()).await {
            Ok(()) => Ok(Vec::new()),
            Err(error) => Ok(vec![Observation::Note(format!(
                "stable's image could not be pulled, so rolling back may need it from elsewhere: {error}"
            ))]),
        }
    }
}
