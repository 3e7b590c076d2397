//! Check the service's own URL at 100 %, which is what users get.

use boathook_core::rollout::steps::Verify;

use crate::steps::{
    Context,
    probed_url::{ProbeTarget, ProbedUrl},
    step_behavior::{StepBehavior, StepResult},
};

impl StepBehavior for Verify {
    async fn run(&self, context: &Context<'_>) -> StepResult {
        let mut url = ProbedUrl::new(&self.probing, ProbeTarget::Service, context.service_url()?);
        url.verdict(context).await?;
        Ok(url.findings())
    }
}
