//! Ask whether the service answers again: Ready on stable can be true while nothing answers.

use futures_util::{FutureExt, future::BoxFuture};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{
    health::{Sample, judge},
    steps::{
        Context, Finding, Probing, StepError,
        act::{Act, StepResult},
    },
};

/// Probes the canonical URL after going back, until it answers once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConfirmStable {
    /// The service's own URL.
    pub url: String,
    /// How to ask, and what is well.
    pub probing: Probing,
    /// Whether the service answered well before the deployment; where it did not, any answer will do.
    pub was_well: bool,
    /// Whether nothing answered before the deployment either: then no answer can be waited for.
    #[serde(default)]
    pub was_silent: bool,
}

impl Act for ConfirmStable {
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
        let request = self.probing.request(&self.url, true);
        loop {
            let next = Instant::now() + self.probing.rules.interval;
            let why = match self.judge(&context.prober.probe(request.clone()).await) {
                Ok(()) => return Ok(vec![Finding::Note(format!("{} answers again", request.url))]),
                Err(why) => why,
            };
            if self.was_silent {
                let told = format!("{} did not answer before the deployment, and does not answer after it: {why}", request.url);
                return Ok(vec![Finding::Note(told)]);
            }
            if next > until {
                return Err(StepError::failed(format!("{} does not answer as it should after going back: {why}", request.url)));
            }
            context.sleep_until(next).await?;
        }
    }

    fn judge(&self, sample: &Sample) -> Result<(), String> {
        if self.was_well {
            return judge(sample, &self.probing.rules);
        }
        sample.result.as_ref().map(drop).map_err(ToString::to_string)
    }
}
