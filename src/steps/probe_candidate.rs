//! Probe the candidate at its tag's URL before it gets traffic, and compare how long it takes with
//! stable, which still serves everyone.

use boathook_core::{
    health::{Comparison, Mode},
    rollout::{Observation, steps::ProbeCandidate},
};
use futures_util::future::try_join;

use crate::steps::{
    Context,
    probed_url::{ProbeTarget, ProbedUrl},
    step_behavior::{StepBehavior, StepResult},
};

impl StepBehavior for ProbeCandidate {
    async fn run(&self, context: &Context<'_>) -> StepResult {
        let mut candidate =
            ProbedUrl::new(&self.probing, ProbeTarget::Candidate, context.tag_url()?);
        // A service that was not healthy before is no measure.
        let rule = self.probing.rules.slower_than_stable.filter(|_| self.was_healthy);
        match rule {
            Some(rule) => compared(self, candidate, rule, context).await,
            None => {
                candidate.verdict(context).await?;
                Ok(candidate.findings())
            }
        }
    }
}

/// Samples of each that are compared at least: the first does not count.
const COMPARED: u32 = 3;

/// Probes both at the same time, so that both have the same minutes of the node.
async fn compared(
    step: &ProbeCandidate,
    candidate: ProbedUrl<'_>,
    rule: Comparison,
    context: &Context<'_>,
) -> StepResult {
    let mut candidate = candidate.at_least(COMPARED);
    let stable = ProbedUrl::new(&step.probing, ProbeTarget::Service, context.service_url()?);
    let mut stable = stable.at_least(COMPARED);
    try_join(candidate.verdict(context), stable.measure(context)).await?;
    let slower = candidate.far_slower_than(&stable, rule);
    if let (Some(reason), Mode::Fail) = (&slower, rule.mode) {
        context.learn(stable.finding()).await;
        return Err(candidate.failed(context, reason).await);
    }
    let mut findings = stable.findings();
    findings.extend(candidate.findings());
    findings.extend(slower.map(Observation::Note));
    Ok(findings)
}
