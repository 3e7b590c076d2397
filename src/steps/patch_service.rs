//! The commit point: the whole template and the traffic pinned to stable, in one patch.

use std::time::Duration;

use boathook_core::{deployment::RevisionName, rollout::Observation};
use futures_util::{FutureExt, future::BoxFuture};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{
    cluster::{ClusterError, KeptTargets, MetadataChange, ServicePatch, Traffic},
    steps::{
        Context, DryRunContext, ServiceManifest,
        change::{change_service, read_service},
        step_behavior::{StepBehavior, StepResult},
        visibility::see_visibility,
    },
};

/// Replaces the template, with image and label, and the traffic, both or neither.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PatchService {
    /// The new service.
    pub service: ServiceManifest,
    /// The change of the service's own labels and annotations.
    #[serde(default, skip_serializing_if = "MetadataChange::is_empty")]
    pub metadata: MetadataChange,
    /// The generation that was read; a different one means that someone else changed the service.
    pub generation: u64,
    /// How long to retry while the cluster is unreachable.
    pub deadline: Duration,
}

impl StepBehavior for PatchService {
    fn changes_service(&self) -> bool {
        true
    }

    fn title(&self) -> String {
        "Set the new template, traffic staying where it is".to_owned()
    }

    fn run<'a>(&'a self, context: &'a Context<'a>) -> BoxFuture<'a, StepResult> {
        self.patch(context).boxed()
    }
}

impl PatchService {
    /// Lets the API server check the patch without changing anything.
    pub async fn dry_run(&self, context: &DryRunContext<'_>) -> Result<(), ClusterError> {
        let template = self.service.template(context.image);
        let traffic = traffic(context.stable, context.kept);
        let service = if self.metadata.is_empty() {
            None
        } else {
            context.cluster.service(context.service).await?
        };
        let metadata =
            service.map(|service| self.metadata.operations(&service)).unwrap_or_default();
        let patch = ServicePatch {
            uid: None,
            generation: self.generation,
            template: Some(&template),
            traffic: &traffic,
            metadata: &metadata,
        };
        context.cluster.dry_run_patch(context.service, &patch).await.map(drop)
    }

    async fn patch(&self, context: &Context<'_>) -> StepResult {
        let until = Instant::now() + self.deadline;
        let template = self.service.template(context.image());
        let traffic = traffic(context.stable, context.kept);
        // Labels and annotations do not change the generation, so they are read right before the
        // change.
        let metadata = if self.metadata.is_empty() {
            Vec::new()
        } else {
            self.metadata.operations(&read_service(context, until).await?)
        };
        let patch = ServicePatch {
            uid: context.uid,
            generation: self.generation,
            template: Some(&template),
            traffic: &traffic,
            metadata: &metadata,
        };
        let changed = change_service(context, until, &patch).await?;
        context.learn(Observation::Generation(changed.generation())).await;
        // If nothing serves yet, the route follows once there is a revision.
        if context.stable.is_some() {
            see_visibility(context, until, changed.generation(), &self.metadata).await?;
        }
        Ok(vec![Observation::Generation(changed.generation())])
    }
}

/// All traffic stays on stable; if nothing served, the new revision gets it once it is Ready.
fn traffic(stable: Option<&RevisionName>, kept: &KeptTargets) -> Traffic {
    stable.map_or_else(|| Traffic::latest(kept), |stable| Traffic::all_on(stable, kept))
}
