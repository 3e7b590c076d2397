//! Restore a proven revision: its template under its own name, and all traffic on it, in one patch.

use boathook_core::{
    objects::Traffic,
    rollout::{Observation, steps::AdoptRevision},
};
use tokio::time::Instant;

use crate::steps::{
    Context,
    await_traffic::WithoutRoute,
    change::metadata_operations_of,
    step_behavior::{StepBehavior, StepResult},
    traffic_change::{TrafficChange, service_url},
    visibility::see_visibility,
};

/// Adopts the revision; no new one is created. The revision that served stays named in traffic, so
/// that Knative does not delete it.
impl StepBehavior for AdoptRevision {
    /// The adopted revision is recorded before the change, so that the rollback knows that the
    /// template is ours.
    async fn run(&self, context: &Context<'_>) -> StepResult {
        context.learn(Observation::Image(self.image.clone())).await;
        context
            .learn(Observation::Candidate { name: self.revision.clone(), uid: self.uid.clone() })
            .await;
        let alone = || Traffic::all_on(&self.revision, &context.plan.kept);
        let traffic = context.plan.stable_revision().map_or_else(alone, |stable| {
            Traffic::handed_over(stable, &self.revision, &context.plan.kept)
        });
        let until = Instant::now() + self.deadline;
        let change = TrafficChange {
            traffic: &traffic,
            template: Some(&self.template),
            metadata: &metadata_operations_of(context, until, &self.metadata).await?,
            generation: self.generation,
            until: Instant::now() + self.deadline,
            without_route: WithoutRoute::AskAgain(None),
        };
        let shifted = change.make(context).await?;
        let service = see_visibility(context, until, shifted.generation(), &self.metadata)
            .await?
            .unwrap_or(shifted);
        Ok([Observation::CandidateReady, Observation::Serving { percent: 100 }]
            .into_iter()
            .chain(service_url(&service))
            .collect())
    }
}
