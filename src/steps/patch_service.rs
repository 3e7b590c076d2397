//! The commit point: the whole template and the traffic pinned to stable, in one patch.

use boathook_core::{
    objects::Traffic,
    rollout::{Observation, Plan, steps::PatchService},
};
use tokio::time::Instant;

use crate::{
    cluster::{ServicePatch, metadata_operations},
    steps::{
        Context, DryRunContext, DryRunFinding, StepError,
        change::{change_service, metadata_operations_of},
        step_behavior::{StepBehavior, StepResult},
        visibility::see_visibility,
    },
};

/// Replaces the template, with image and label, and the traffic, both or neither.
impl StepBehavior for PatchService {
    async fn run(&self, context: &Context<'_>) -> StepResult {
        let until = Instant::now() + self.deadline;
        let patch = ServicePatch {
            uid: context.plan.uid.as_deref(),
            generation: self.generation,
            template: Some(&self.service.template(context.image())),
            traffic: &traffic(context.plan),
            metadata: &metadata_operations_of(context, until, &self.metadata).await?,
        };
        let changed = change_service(context, until, &patch).await?.generation();
        context.learn(Observation::Generation(changed)).await;
        // If nothing serves yet, the route follows once there is a revision.
        if context.plan.stable_revision().is_some() {
            see_visibility(context, until, changed, &self.metadata).await?;
        }
        Ok(vec![Observation::Generation(changed)])
    }

    /// Lets the API server check the patch.
    async fn dry_run(&self, context: &DryRunContext<'_>) -> Result<Vec<DryRunFinding>, StepError> {
        let service = if self.metadata.is_empty() {
            None
        } else {
            context.cluster.service(&context.plan.service).await?
        };
        let operations = service.map(|service| metadata_operations(&self.metadata, &service));
        let patch = ServicePatch {
            uid: None,
            generation: self.generation,
            template: Some(&self.service.template(context.image())),
            traffic: &traffic(context.plan),
            metadata: &operations.unwrap_or_default(),
        };
        let accepted = context.cluster.dry_run_patch(&context.plan.service, &patch).await?;
        Ok(DryRunFinding::warned(accepted.warnings))
    }
}

/// All traffic stays on stable; if nothing served, the new revision gets it once it is Ready.
fn traffic(plan: &Plan) -> Traffic {
    let kept = &plan.kept;
    let latest = || Traffic::latest(kept);
    plan.stable_revision().map_or_else(latest, |stable| Traffic::all_on(stable, kept))
}
