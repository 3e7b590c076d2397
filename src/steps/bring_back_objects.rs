//! Bring back the objects that an earlier deployment applied beside the service.

use boathook_core::rollout::{Observation, steps::BringBackObjects};
use tokio::time::Instant;

use crate::steps::{
    Context,
    objects_before::objects_before,
    restoring::{Fate, Restoring, fate_of_ordered},
    step_behavior::{StepBehavior, StepResult},
};

/// Reads the objects, records what they are, applies what they were, and looks whether that
/// happened.
impl StepBehavior for BringBackObjects {
    async fn run(&self, context: &Context<'_>) -> StepResult {
        let Self { directory, documents, over, deadline } = self;
        let until = Instant::now() + *deadline;
        let restoring = Restoring { context, directory, objects: documents, until };
        let live = restoring.read().await?;
        let fates: Vec<Fate<'_>> = documents
            .iter()
            .zip(&live)
            .enumerate()
            .map(|(place, (document, live))| {
                let began = context.findings.objects.iter().any(|before| before.document == place);
                fate_of_ordered(document, over, live, began).unless_shared(document, context.shared)
            })
            .collect();
        let mut before = objects_before(context, documents, &live);
        before.retain(|object| fates.get(object.document).is_some_and(Fate::acts));
        if !before.is_empty() {
            context.record_before_acting(Observation::ObjectsBefore(before)).await;
        }
        Ok(restoring.finish(fates).await?.into_iter().collect())
    }
}
