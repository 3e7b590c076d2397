//! Name the candidate in traffic at 0 %, under boathook's tag, so that it has a URL of its own
//! before any user sees it.

use boathook_core::{
    deployment::Percent,
    objects::Traffic,
    rollout::{Observation, steps::TagCandidate},
};

use crate::steps::{
    Context, StepError,
    step_behavior::{StepBehavior, StepResult},
    traffic_change::{service_url, split_traffic},
};

impl StepBehavior for TagCandidate {
    async fn run(&self, context: &Context<'_>) -> StepResult {
        let service = split_traffic(context, self.deadline, Percent::ZERO).await?;
        let tagged = service.traffic().and_then(Traffic::tagged);
        let url = tagged
            .and_then(|target| target.url.clone())
            .ok_or_else(|| StepError::failed("the tag has no URL in status"))?;
        let own = service_url(&service)
            .ok_or_else(|| StepError::failed("the service has no URL in status"))?;
        Ok(vec![Observation::TagUrl(url), own])
    }
}
