//! Check the service's own URL at 100 %, which is what users get.

use futures_util::{FutureExt, future::BoxFuture};
use serde::{Deserialize, Serialize};

use crate::steps::{
    Context, Probing,
    probing::Asked,
    step_behavior::{StepBehavior, StepResult},
};

/// Probes the canonical URL until there is a verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verify {
    /// How to probe, and what counts as healthy.
    pub probing: Probing,
}

impl StepBehavior for Verify {
    fn title(&self) -> String {
        "Check the service at its own URL".to_owned()
    }

    fn run<'a>(&'a self, context: &'a Context<'a>) -> BoxFuture<'a, StepResult> {
        self.verify(context).boxed()
    }
}

impl Verify {
    async fn verify(&self, context: &Context<'_>) -> StepResult {
        Ok(vec![self.probing.verdict(context, Asked::Service, context.service_url()?).await?])
    }
}
