//! Changing the service: one patch, which applies only if nobody else changed it.

use boathook_core::{
    deployment::RevisionName,
    objects::{MetadataChange, Traffic},
    rollout::Observation,
};
use serde_json::Value;
use tokio::time::Instant;

use crate::{
    cluster::{
        Accepted, ClusterError, DEPLOYMENT_LABEL, FailedCall, Service, ServicePatch,
        metadata_operations,
    },
    steps::{
        Context, StepError,
        retry::{persist, retry, undecided},
    },
};

/// Makes a change that is safe to repeat; returns the service right after it.
///
/// If the `test` fails, read again: either our change is there (its answer was lost) and we go on,
/// or someone else changed the service.
pub(crate) async fn change_service(
    context: &Context<'_>,
    until: Instant,
    patch: &ServicePatch<'_>,
) -> Result<Service, StepError> {
    let refused =
        match retry!(context, until, context.cluster.patch_service(&context.plan.service, patch)) {
            Ok(Accepted { answer, warnings }) => {
                learn_warnings(context, warnings).await;
                return Ok(answer);
            }
            Err(ClusterError::Changed(refused)) => refused,
            Err(error) => return Err(undecided(context, error)),
        };
    let service = read_service(context, until).await?;
    if is_there(context, patch, &service) {
        return Ok(service);
    }
    Err(not_applied(context, until, &service, patch.generation, &refused).await)
}

/// What the API server warns of goes into the record; the deployment goes on.
async fn learn_warnings(context: &Context<'_>, warnings: Vec<String>) {
    for warning in warnings {
        context.learn(Observation::Note(warning)).await;
    }
}

/// The error for a patch whose test failed, and that is not there: nobody changed the service, or
/// someone else did.
pub(crate) async fn not_applied(
    context: &Context<'_>,
    until: Instant,
    service: &Service,
    expected: u64,
    refused: &FailedCall,
) -> StepError {
    if service.generation() == expected {
        return StepError::failed(refused.to_string());
    }
    yield_to_external_change(context, until, service, expected).await
}

/// The operations of a change of labels and annotations, for the service as it is now: they do not
/// change the generation, so it is read right before the patch.
pub(crate) async fn metadata_operations_of(
    context: &Context<'_>,
    until: Instant,
    change: &MetadataChange,
) -> Result<Vec<Value>, StepError> {
    if change.is_empty() {
        return Ok(Vec::new());
    }
    Ok(metadata_operations(change, &read_service(context, until).await?))
}

/// Reads the service. If it was deleted or recreated, that is someone else's change too.
pub(crate) async fn read_service(
    context: &Context<'_>,
    until: Instant,
) -> Result<Service, StepError> {
    let found = persist!(context, until, context.cluster.service(&context.plan.service))?;
    let service = found.ok_or_else(|| {
        StepError::Conflict(format!("someone deleted the service {}", &context.plan.service))
    })?;
    match context.plan.uid.as_deref() {
        Some(uid) if uid != service.uid() => Err(StepError::Conflict(format!(
            "someone deleted the service {} and made it anew; boathook left it alone",
            &context.plan.service
        ))),
        _ => Ok(service),
    }
}

/// Whether this deployment set the template.
pub(crate) fn carries_our_label(context: &Context<'_>, service: &Service) -> bool {
    service.template_label(DEPLOYMENT_LABEL) == Some(context.id.as_str())
}

/// Whether this deployment adopted the revision that the template names.
fn is_adopted(context: &Context<'_>, service: &Service) -> bool {
    let candidate = context.findings.candidate.as_ref().map(RevisionName::as_str);
    candidate.is_some() && service.template_name() == candidate
}

/// Leaves a service alone that someone else changed; if traffic is still ours, it first returns to
/// stable.
pub(crate) async fn yield_to_external_change(
    context: &Context<'_>,
    until: Instant,
    service: &Service,
    expected: u64,
) -> StepError {
    let conflict = format!(
        "someone else changed the service: it is at generation {}, ours was {expected}; last modified by {}",
        service.generation(),
        service.last_modifier()
    );
    let Some(stable) = context.plan.stable_revision() else { return StepError::Conflict(conflict) };
    let revisions: Vec<&RevisionName> =
        std::iter::once(stable).chain(context.findings.candidate.as_ref()).collect();
    let safe = Traffic::all_on(stable, &context.plan.kept);
    let wanted = service.wanted_traffic();
    if !wanted.names_only(&revisions, &context.plan.kept) || wanted.routes_as(&safe) {
        return StepError::Conflict(format!("{conflict}; boathook left it alone"));
    }
    let patch = ServicePatch {
        uid: context.plan.uid.as_deref(),
        generation: service.generation(),
        template: None,
        traffic: &safe,
        metadata: &[],
    };
    match retry!(context, until, context.cluster.patch_service(&context.plan.service, &patch)) {
        Ok(_) => StepError::Conflict(format!(
            "{conflict}; its template was left alone, and traffic, which was still ours, sent to {stable}"
        )),
        Err(error) => match undecided(context, error) {
            StepError::Failed(error) => StepError::Conflict(format!(
                "{conflict}; sending traffic to {stable} failed: {error}"
            )),
            called_off => called_off,
        },
    }
}

/// Whether only our change was made; if more changed, someone else was involved.
fn is_there(context: &Context<'_>, patch: &ServicePatch<'_>, service: &Service) -> bool {
    if service.generation() != patch.generation + 1 {
        return false;
    }
    let named = patch.template.and_then(|template| template.0.pointer("/metadata/name")?.as_str());
    let template_is_there = match named {
        Some(name) => service.template_name() == Some(name),
        None => carries_our_label(context, service) || is_adopted(context, service),
    };
    template_is_there && service.wanted_traffic().routes_as(patch.traffic)
}
