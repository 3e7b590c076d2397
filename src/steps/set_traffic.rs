//! Setting traffic and waiting for it; shared by the steps that shift traffic.

use std::{sync::Arc, time::Duration};

use boathook_core::rollout::Observation;
use serde_json::Value;
use tokio::time::Instant;

use crate::{
    cluster::{Service, ServicePatch, Template, Traffic},
    steps::{
        Context, StepError,
        await_traffic::{WithoutRoute, await_traffic},
        change::change_service,
    },
};

/// What else the same patch sets.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Beside<'a> {
    /// The whole new template.
    pub template: Option<&'a Template>,
    /// Operations on the service's own labels and annotations.
    pub metadata: &'a [Value],
}

/// Sets traffic, and what belongs to the same patch, at the given generation, and waits until
/// status shows it.
pub(crate) async fn set_traffic(
    context: &Context<'_>,
    deadline: Duration,
    generation: u64,
    beside: Beside<'_>,
    traffic: &Traffic,
    without_route: WithoutRoute<'_>,
) -> Result<Arc<Service>, StepError> {
    let until = Instant::now() + deadline;
    let Beside { template, metadata } = beside;
    let changed = change_service(
        context,
        until,
        &ServicePatch { uid: context.uid, generation, template, traffic, metadata },
    )
    .await?;
    see_traffic(context, until, &changed, traffic, without_route).await
}

/// Waits until status shows the traffic that a patch set; `changed` is the service right after it.
pub(crate) async fn see_traffic(
    context: &Context<'_>,
    until: Instant,
    changed: &Service,
    traffic: &Traffic,
    without_route: WithoutRoute<'_>,
) -> Result<Arc<Service>, StepError> {
    context.learn(Observation::Generation(changed.generation())).await;
    await_traffic(context, until, changed.generation(), traffic, without_route).await.map_err(
        |error| match error {
            StepError::Failed(reason) => StepError::Failed(format!(
                "traffic ({}) did not take effect: {reason}",
                traffic.in_words()
            )),
            other => other,
        },
    )
}
