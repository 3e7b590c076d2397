//! Probe the candidate at its tag's URL before it gets traffic.

use futures_util::{FutureExt, future::BoxFuture};
use serde::{Deserialize, Serialize};

use crate::steps::{
    Context, Probing, StepError,
    probing::Asked,
    step_behavior::{StepBehavior, StepResult},
};

/// Probes the candidate's own URL until there is a verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProbeCandidate {
    /// How to probe, and what counts as healthy.
    pub probing: Probing,
}

impl StepBehavior for ProbeCandidate {
    fn title(&self) -> String {
        "Probe the new revision at its own URL".to_owned()
    }

    fn run<'a>(&'a self, context: &'a Context<'a>) -> BoxFuture<'a, StepResult> {
        self.probe(context).boxed()
    }
}

impl ProbeCandidate {
    async fn probe(&self, context: &Context<'_>) -> StepResult {
        let url = context
            .findings
            .tag_url
            .as_deref()
            .ok_or_else(|| StepError::failed("the candidate's own URL is not known"))?;
        Ok(vec![self.probing.verdict(context, Asked::Candidate, url).await?])
    }
}
