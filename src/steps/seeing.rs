//! The newest state of what a step waits for: from the feed, or read directly where the feed may
//! not know it.

use std::sync::Arc;

use boathook_core::rollout::Observation;
use tokio::time::Instant;

use crate::{
    cluster::{ClusterError, Event, Pod, Revision, Service},
    steps::{Context, StepError, change::read_service, retry::persist},
};

/// The service, which must be the plan's own, at our generation or a later one.
pub(crate) async fn see_service(
    context: &Context<'_>,
    until: Instant,
) -> Result<Arc<Service>, StepError> {
    let services = &context.view.services;
    let name = context.plan.service.service.as_str();
    let ours = context.findings.generation.unwrap_or_default();
    let known = services.known(|feed| feed.get(name));
    match known.filter(|service| is_own(context, service) && service.generation() >= ours) {
        Some(service) => Ok(service),
        None => read_service_directly(context, until).await,
    }
}

/// The service as the cluster has it now.
pub(crate) async fn read_service_directly(
    context: &Context<'_>,
    until: Instant,
) -> Result<Arc<Service>, StepError> {
    say_what_is_not_permitted(context).await;
    let service = read_service(context, until).await?;
    let name = context.plan.service.service.as_str();
    context.view.services.compare(|feed| feed.get(name).as_deref() == Some(&service));
    Ok(Arc::new(service))
}

/// Whether it is not another service of the same name.
pub(crate) fn is_own(context: &Context<'_>, service: &Service) -> bool {
    context.plan.uid.as_deref().is_none_or(|uid| uid == service.uid())
}

/// The candidate's pods.
pub(crate) async fn see_pods(context: &Context<'_>, until: Instant) -> Result<Vec<Pod>, StepError> {
    let name = context.candidate()?;
    if let Some(pods) = context.view.pods_of(name) {
        return Ok(pods);
    }
    say_what_is_not_permitted(context).await;
    let pods = persist!(context, until, context.cluster.pods(context.namespace(), name))?;
    context
        .view
        .pods
        .compare(|feed| pods.iter().all(|pod| feed.get(pod.name()).as_deref() == Some(pod)));
    Ok(pods)
}

/// The candidate.
pub(crate) async fn see_candidate(
    context: &Context<'_>,
    until: Instant,
) -> Result<Arc<Revision>, StepError> {
    let name = context.candidate()?;
    if let Some(revision) = context.view.revision(name.as_str()) {
        return Ok(revision);
    }
    say_what_is_not_permitted(context).await;
    let read = persist!(context, until, context.cluster.revision(context.namespace(), name))?;
    let revision = read.ok_or_else(|| StepError::failed(format!("revision {name} is gone")))?;
    context.view.revisions.compare(|feed| feed.get(name.as_str()).as_deref() == Some(&revision));
    Ok(Arc::new(revision))
}

/// The warnings in the namespace, oldest first.
pub(crate) async fn see_warnings(context: &Context<'_>) -> Result<Vec<Event>, ClusterError> {
    let events = context.view.events();
    let known = events.known(|feed| {
        let events = feed.read(|state| state.objects.values().cloned().collect::<Vec<_>>());
        Some(events.iter().map(|event| Event::clone(event)).collect::<Vec<_>>())
    });
    if let Some(mut known) = known {
        known.sort_by_key(Event::last_seen);
        return Ok(known);
    }
    let read = context.cluster.warnings(context.namespace()).await?;
    events.compare(|feed| {
        read.iter().all(|event| feed.get(event.own_name()).as_deref() == Some(event))
    });
    Ok(read)
}

async fn say_what_is_not_permitted(context: &Context<'_>) {
    if let Some(note) = context.view.not_permitted() {
        context.learn(Observation::Note(note)).await;
    }
}
