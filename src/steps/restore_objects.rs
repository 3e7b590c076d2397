//! Roll back the objects beside the service: those that the deployment changed become what they were.

use boathook_core::{
    objects::Document,
    rollout::{ObjectBefore, Step, steps::RestoreObjects},
};
use tokio::time::Instant;

use crate::steps::{
    Context,
    restoring::{Restoring, fate},
    step_behavior::{StepBehavior, StepResult},
};

/// Reads the objects, applies what they were made from before, and looks whether that happened. The
/// service does not wait longer than the deadline, and never for what cannot be brought back.
impl StepBehavior for RestoreObjects {
    async fn run(&self, context: &Context<'_>) -> StepResult {
        let applied = applied(context);
        let known: Vec<(&ObjectBefore, &Document)> = context
            .findings
            .objects
            .iter()
            .filter_map(|before| Some((before, applied.get(before.document)?)))
            .collect();
        if known.is_empty() {
            return Ok(Vec::new());
        }
        let objects: Vec<Document> = known.iter().map(|(_, ours)| Document::clone(ours)).collect();
        let until = Instant::now() + self.deadline;
        let restoring = Restoring { context, directory: &self.directory, objects: &objects, until };
        let live = restoring.read().await?;
        let fates = known
            .iter()
            .zip(&live)
            .map(|((before, ours), live)| {
                fate(before, ours, live, self.created).unless_shared(ours, context.shared)
            })
            .collect();
        Ok(restoring.finish(fates).await?.into_iter().collect())
    }
}

/// What this deployment applied, in the order in which the record counts it.
fn applied(context: &Context<'_>) -> Vec<Document> {
    let of = |step: &Step| match step {
        Step::BringBackObjects(step) => Some(step.documents.clone()),
        Step::ApplyManifests(step) => {
            Some(step.with_image(step.documents.clone(), context.image()))
        }
        _ => None,
    };
    context.plan.steps.iter().find_map(of).unwrap_or_default()
}
