//! Check that the service answers again: Ready can be true while nothing answers.

use boathook_core::{
    health::Judged,
    rollout::{Observation, steps::ConfirmStable},
};
use tokio::time::Instant;

use crate::steps::{
    Context, StepError,
    probed_url::probe,
    step_behavior::{StepBehavior, StepResult},
};

/// Probes the service's own URL until it answers once.
impl StepBehavior for ConfirmStable {
    async fn run(&self, context: &Context<'_>) -> StepResult {
        let until = Instant::now() + self.probing.deadline;
        let shown = self.probing.shown(&self.url);
        loop {
            let next = Instant::now() + self.probing.rules.interval;
            let sample = probe(&self.probing, context.prober, &self.url, true).await;
            let Some(why) = fault(self, sample) else {
                return Ok(vec![Observation::Note(format!("{shown} answers again"))]);
            };
            if next > until && self.was_silent {
                let said = format!(
                    "Knative sends all traffic to the old revision again, and whether it answers is not known: {shown} did not answer before the \
                     deployment, and does not answer after it ({why})"
                );
                return Ok(vec![Observation::Unconfirmed(said)]);
            }
            if next > until {
                return Err(StepError::failed(format!(
                    "{shown} does not answer as it should after a rollback: {why}"
                )));
            }
            context.waits.report(&format!("{shown} does not answer as it should: {why}")).await;
            context.sleep_until(next).await?;
        }
    }
}

/// What is wrong with an answer: any answer is enough from a service that was unhealthy before.
fn fault(step: &ConfirmStable, sample: Judged) -> Option<String> {
    sample.failure.filter(|_| step.was_healthy || !sample.answered)
}
