//! Make the service public, once only the new revision is behind it.

use std::time::Duration;

use boathook_core::rollout::Observation;
use futures_util::{FutureExt, future::BoxFuture};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{
    cluster::{ClusterError, MetadataChange, Service, ServicePatch},
    steps::{
        Context, StepError,
        change::{read_service, yield_to_external_change},
        retry::retry,
        retry::undecided,
        step_behavior::{StepBehavior, StepResult},
        visibility::see_visibility,
    },
};

/// Sets the label and waits until status shows the other URL. A label does not change the
/// generation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeVisibility {
    /// The change of the label.
    pub metadata: MetadataChange,
    /// Deadline for status to show the change.
    pub deadline: Duration,
}

impl StepBehavior for ChangeVisibility {
    fn changes_service(&self) -> bool {
        true
    }

    fn title(&self) -> String {
        match self.metadata.makes_local() {
            Some(true) => "Make the service answer only inside the cluster".to_owned(),
            Some(false) | None => "Make the service reachable from outside the cluster".to_owned(),
        }
    }

    fn run<'a>(&'a self, context: &'a Context<'a>) -> BoxFuture<'a, StepResult> {
        self.change(context).boxed()
    }
}

impl ChangeVisibility {
    async fn change(&self, context: &Context<'_>) -> StepResult {
        let until = Instant::now() + self.deadline;
        let generation = context.generation()?;
        match retry!(context, until, self.patch(context, generation)) {
            Ok(_) => {}
            Err(ClusterError::Changed(refused)) => {
                let service = read_service(context, until).await?;
                if service.generation() == generation {
                    return Err(StepError::failed(refused.to_string()));
                }
                return Err(yield_to_external_change(context, until, &service, generation).await);
            }
            Err(error) => return Err(undecided(context, error)),
        }
        let service = see_visibility(context, until, generation, &self.metadata).await?;
        Ok(service
            .and_then(|service| service.url().map(|url| Observation::ServiceUrl(url.to_owned())))
            .into_iter()
            .collect())
    }

    /// Reads before each try: a missing label cannot be removed.
    async fn patch(
        &self,
        context: &Context<'_>,
        generation: u64,
    ) -> Result<Option<Service>, ClusterError> {
        let Some(service) = context.cluster.service(context.service).await? else {
            return Ok(None);
        };
        let operations = self.metadata.operations(&service);
        if operations.is_empty() {
            return Ok(Some(service));
        }
        let traffic = service.wanted_traffic();
        let patch = ServicePatch {
            uid: context.uid,
            generation,
            template: None,
            traffic,
            metadata: &operations,
        };
        context.cluster.patch_service(context.service, &patch).await.map(Some)
    }
}
