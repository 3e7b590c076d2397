//! Roll back: stable's template under its own name, and all traffic on it, in one patch.

use boathook_core::{
    deployment::RevisionName,
    objects::Traffic,
    rollout::{Observation, steps::ReadoptStable},
};
use tokio::time::Instant;

use crate::{
    cluster::{Service, metadata_operations, metadata_operations_unseen},
    steps::{
        Context,
        await_traffic::WithoutRoute,
        change::{carries_our_label, read_service, yield_to_external_change},
        step_behavior::{StepBehavior, StepResult},
        traffic_change::TrafficChange,
        visibility::see_visibility,
    },
};

/// Re-adopts stable: Ready on the old revision at once, with no new revision and no cold start.
impl StepBehavior for ReadoptStable {
    async fn run(&self, context: &Context<'_>) -> StepResult {
        let until = Instant::now() + self.deadline;
        let stable = context.stable()?;
        let traffic = Traffic::all_on(stable, &context.plan.kept);
        let known = context.findings.generation.unwrap_or(self.untouched);
        let at_once = TrafficChange {
            traffic: &traffic,
            template: Some(&self.template),
            metadata: &metadata_operations_unseen(&self.metadata),
            generation: known,
            until,
            without_route: WithoutRoute::AskAgain(self.without_route.as_deref()),
        };
        // Users are back one program earlier if the service is as our last change left it: the
        // patch tests that itself.
        if known != self.untouched
            && let Ok(changed) =
                context.cluster.patch_service(&context.plan.service, &at_once.patch(context)).await
        {
            let service = at_once.see(context, &changed.answer).await?;
            see_visibility(context, until, service.generation(), &self.metadata).await?;
            return Ok(vec![Observation::Serving { percent: 0 }]);
        }
        let service = read_service(context, until).await?;
        if service.generation() == self.untouched {
            return Ok(vec![Observation::Note(format!(
                "the service had not been changed; {stable} serves as before"
            ))]);
        }
        if !is_ours(context, &service, known, &traffic) {
            return Err(yield_to_external_change(context, until, &service, known).await);
        }
        let change = TrafficChange {
            template: (!names(&service, stable)).then_some(&self.template),
            metadata: &metadata_operations(&self.metadata, &service),
            generation: service.generation(),
            until: Instant::now() + self.deadline,
            ..at_once
        };
        let changed = change.make(context).await?;
        see_visibility(context, until, changed.generation(), &self.metadata).await?;
        Ok(vec![Observation::Serving { percent: 0 }])
    }
}

/// Whether the service is as we left it: at the recorded generation, or one later by our own change
/// whose answer was lost.
fn is_ours(context: &Context<'_>, service: &Service, known: u64, back: &Traffic) -> bool {
    if service.generation() != known + 1 {
        return service.generation() == known;
    }
    let wanted = service.wanted_traffic();
    if context.plan.stable_revision().is_some_and(|stable| names(service, stable)) {
        return wanted.routes_as(back);
    }
    let candidate = context.findings.candidate.as_ref();
    let adopted = candidate.is_some_and(|ours| names(service, ours));
    let revisions: Vec<&RevisionName> =
        context.plan.stable_revision().into_iter().chain(candidate).collect();
    (adopted || carries_our_label(context, service))
        && wanted.names_only(&revisions, &context.plan.kept)
}

/// Whether the template names this revision.
fn names(service: &Service, revision: &RevisionName) -> bool {
    service.template_name() == Some(revision.as_str())
}
