//! Probe the candidate at its tag's URL before it gets traffic.

use boathook_core::rollout::steps::ProbeCandidate;

use crate::steps::{
    Context,
    probed_url::{ProbeTarget, ProbedUrl},
    step_behavior::{StepBehavior, StepResult},
};

impl StepBehavior for ProbeCandidate {
    async fn run(&self, context: &Context<'_>) -> StepResult {
        let url = ProbedUrl::new(&self.probing, ProbeTarget::Candidate, context.tag_url()?);
        Ok(vec![url.verdict(context).await?])
    }
}
