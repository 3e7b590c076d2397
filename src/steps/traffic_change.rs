//! Changing traffic and waiting for it; shared by the steps that shift traffic.

use std::{sync::Arc, time::Duration};

use boathook_core::{
    deployment::{Percent, Split},
    objects::{Template, Traffic},
    rollout::Observation,
};
use serde_json::Value;
use tokio::time::Instant;

use crate::{
    cluster::{Service, ServicePatch},
    steps::{
        Context, StepError,
        await_traffic::{WithoutRoute, await_traffic},
        change::change_service,
    },
};

/// A change of traffic, with what belongs to the same patch.
pub(crate) struct TrafficChange<'a> {
    pub traffic: &'a Traffic,
    /// The whole new template.
    pub template: Option<&'a Template>,
    /// Operations on the service's own labels and annotations.
    pub metadata: &'a [Value],
    /// The generation that is changed.
    pub generation: u64,
    /// Deadline for status to show the change.
    pub until: Instant,
    pub without_route: WithoutRoute<'a>,
}

impl TrafficChange<'_> {
    /// Makes the change, and waits until status shows it.
    pub(crate) async fn make(&self, context: &Context<'_>) -> Result<Arc<Service>, StepError> {
        let changed = change_service(context, self.until, &self.patch(context)).await?;
        self.see(context, &changed).await
    }

    /// What is sent.
    pub(crate) fn patch<'a>(&'a self, context: &Context<'a>) -> ServicePatch<'a> {
        let Self { traffic, template, metadata, generation, until: _, without_route: _ } = *self;
        ServicePatch { uid: context.plan.uid.as_deref(), generation, template, traffic, metadata }
    }

    /// Waits until status shows the change; `changed` is the service right after it.
    pub(crate) async fn see(
        &self,
        context: &Context<'_>,
        changed: &Service,
    ) -> Result<Arc<Service>, StepError> {
        context.learn(Observation::Generation(changed.generation())).await;
        await_traffic(context, self.until, changed.generation(), self.traffic, self.without_route)
            .await
            .map_err(|error| match error {
                StepError::Failed(reason) => StepError::Failed(format!(
                    "traffic ({}) did not take effect: {reason}",
                    self.traffic.in_words()
                )),
                other => other,
            })
    }
}

/// Sets traffic and nothing else, after our last change, and waits until status shows it.
pub(crate) async fn set_traffic(
    context: &Context<'_>,
    deadline: Duration,
    traffic: &Traffic,
) -> Result<Arc<Service>, StepError> {
    let change = TrafficChange {
        traffic,
        template: None,
        metadata: &[],
        generation: context.generation()?,
        until: Instant::now() + deadline,
        without_route: WithoutRoute::Fails,
    };
    change.make(context).await
}

/// Gives the candidate a percentage of traffic, under boathook's tag, and stable the rest.
pub(crate) async fn split_traffic(
    context: &Context<'_>,
    deadline: Duration,
    percent: Percent,
) -> Result<Arc<Service>, StepError> {
    let split = Split {
        stable: context.stable()?.clone(),
        candidate: context.candidate()?.clone(),
        percent,
    };
    set_traffic(context, deadline, &Traffic::split(&split, &context.plan.kept)).await
}

/// The service's own URL, as an observation.
pub(crate) fn service_url(service: &Service) -> Option<Observation> {
    service.url().map(|url| Observation::ServiceUrl(url.to_owned()))
}
