//! Make the service public, once only the new revision is behind it.

use boathook_core::rollout::steps::ChangeVisibility;
use tokio::time::Instant;

use crate::{
    cluster::{ClusterError, ServicePatch, metadata_operations},
    steps::{
        Context,
        change::{not_applied, read_service},
        retry::{retry, undecided},
        step_behavior::{StepBehavior, StepResult},
        traffic_change::service_url,
        visibility::see_visibility,
    },
};

/// Sets the label and waits until status shows the other URL. A label does not change the
/// generation.
impl StepBehavior for ChangeVisibility {
    async fn run(&self, context: &Context<'_>) -> StepResult {
        let until = Instant::now() + self.deadline;
        let generation = context.generation()?;
        match retry!(context, until, patch(self, context, generation)) {
            Ok(()) => {}
            Err(ClusterError::Changed(refused)) => {
                let service = read_service(context, until).await?;
                return Err(not_applied(context, until, &service, generation, &refused).await);
            }
            Err(error) => return Err(undecided(context, error)),
        }
        let service = see_visibility(context, until, generation, &self.metadata).await?;
        Ok(service.and_then(|service| service_url(&service)).into_iter().collect())
    }
}

/// Reads before each try: a missing label cannot be removed.
async fn patch(
    step: &ChangeVisibility,
    context: &Context<'_>,
    generation: u64,
) -> Result<(), ClusterError> {
    let Some(service) = context.cluster.service(&context.plan.service).await? else {
        return Ok(());
    };
    let operations = metadata_operations(&step.metadata, &service);
    if operations.is_empty() {
        return Ok(());
    }
    let patch = ServicePatch {
        uid: context.plan.uid.as_deref(),
        generation,
        template: None,
        traffic: service.wanted_traffic(),
        metadata: &operations,
    };
    context.cluster.patch_service(&context.plan.service, &patch).await.map(drop)
}
