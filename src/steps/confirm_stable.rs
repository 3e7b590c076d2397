//! Check that the service answers again: Ready can be true while nothing answers.

use boathook_core::{health::Judged, rollout::Observation};
use futures_util::{FutureExt, future::BoxFuture};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::steps::{
    Context, Probing, StepError,
    step_behavior::{StepBehavior, StepResult},
};

/// Probes the canonical URL after a rollback, until it answers once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConfirmStable {
    /// The service's own URL.
    pub url: String,
    /// How to probe, and what counts as healthy.
    pub probing: Probing,
    /// Whether the service was healthy before the deployment; if not, any answer is enough.
    #[serde(alias = "was_well")]
    pub was_healthy: bool,
    /// Whether the service was silent before the deployment too: then silence does not fail the
    /// rollback, and the outcome says that nobody knows whether the service answers.
    #[serde(default)]
    pub was_silent: bool,
}

impl StepBehavior for ConfirmStable {
    fn title(&self) -> String {
        "Check that the service answers again".to_owned()
    }

    fn run<'a>(&'a self, context: &'a Context<'a>) -> BoxFuture<'a, StepResult> {
        self.confirm(context).boxed()
    }
}

impl ConfirmStable {
    async fn confirm(&self, context: &Context<'_>) -> StepResult {
        let until = Instant::now() + self.probing.deadline;
        let shown = self.probing.shown(&self.url);
        loop {
            let next = Instant::now() + self.probing.rules.interval;
            let why = match self.judge(self.probing.ask(context.prober, &self.url, true).await) {
                Ok(()) => return Ok(vec![Observation::Note(format!("{shown} answers again"))]),
                Err(why) => why,
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
            context.sleep_until(next).await?;
        }
    }

    fn judge(&self, sample: Judged) -> Result<(), String> {
        match sample.failure {
            Some(why) if self.was_healthy || !sample.answered => Err(why),
            Some(_) | None => Ok(()),
        }
    }
}
