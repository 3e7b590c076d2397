//! Restore a proven revision: its template under its own name, and all traffic on it, in one patch.

use std::time::Duration;

use boathook_core::{
    deployment::{ImageRef, RevisionName},
    rollout::Observation,
};
use futures_util::{FutureExt, future::BoxFuture};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{
    cluster::{MetadataChange, Template, Traffic},
    steps::{
        Context,
        await_traffic::WithoutRoute,
        change::read_service,
        set_traffic::{Beside, set_traffic},
        step_behavior::{StepBehavior, StepResult},
        visibility::see_visibility,
    },
};

/// Adopts the revision; no new one is created. The revision that served stays named in traffic, so
/// that Knative does not delete it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdoptRevision {
    /// Its name.
    pub revision: RevisionName,
    /// Its UID.
    pub uid: String,
    /// The image that it runs, by digest.
    pub image: ImageRef,
    /// The template that names it.
    pub template: Template,
    /// The change of the service's own labels and annotations.
    #[serde(default, skip_serializing_if = "MetadataChange::is_empty")]
    pub metadata: MetadataChange,
    /// The generation that was read; a different one means that someone else changed the service.
    pub generation: u64,
    /// Deadline for status to show the change.
    pub deadline: Duration,
}

impl StepBehavior for AdoptRevision {
    fn changes_service(&self) -> bool {
        true
    }

    fn title(&self) -> String {
        format!("Bring back {} with all traffic", self.revision)
    }

    fn run<'a>(&'a self, context: &'a Context<'a>) -> BoxFuture<'a, StepResult> {
        self.adopt(context).boxed()
    }
}

impl AdoptRevision {
    /// The adopted revision is recorded before the change, so that the rollback knows that the
    /// template is ours.
    async fn adopt(&self, context: &Context<'_>) -> StepResult {
        context.learn(Observation::Image(self.image.clone())).await;
        context
            .learn(Observation::Candidate { name: self.revision.clone(), uid: self.uid.clone() })
            .await;
        let alone = || Traffic::all_on(&self.revision, context.kept);
        let traffic = context.stable.map_or_else(alone, |stable| {
            Traffic::handed_over(stable, &self.revision, context.kept)
        });
        let until = Instant::now() + self.deadline;
        let metadata = if self.metadata.is_empty() {
            Vec::new()
        } else {
            self.metadata.operations(&read_service(context, until).await?)
        };
        let beside = Beside { template: Some(&self.template), metadata: &metadata };
        let service = set_traffic(
            context,
            self.deadline,
            self.generation,
            beside,
            &traffic,
            WithoutRoute::AskAgain(None),
        )
        .await?;
        let service = see_visibility(context, until, service.generation(), &self.metadata)
            .await?
            .unwrap_or(service);
        let url = service.url().map(|url| Observation::ServiceUrl(url.to_owned()));
        Ok([Observation::CandidateReady, Observation::Serving { percent: 100 }]
            .into_iter()
            .chain(url)
            .collect())
    }
}
