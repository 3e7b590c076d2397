//! Wait until the candidate is Ready, or is known to fail. Knative reports a crash at start after
//! 600 s, and a missing Secret never; pods and events show both at once.

use std::{sync::Arc, time::Duration};

use boathook_core::rollout::{Observation, steps::AwaitReady};
use tokio::time::Instant;

use crate::{
    cluster::{Condition, Service},
    diagnosis::{self, Diagnosis, Outlook},
    steps::{
        Context, StepError,
        causes::{Causes, RouteFailure},
        patience::Patience,
        pod_watch::{Ends, unless},
        seeing::see_candidate,
        step_behavior::{StepBehavior, StepResult},
        watch::{Seen, Watching},
    },
};

/// How long before this step the other manifests may have been applied. Older events of a domain
/// may be about a fault that is fixed.
const APPLIED_BEFORE: Duration = Duration::from_secs(30);

/// Watches the service and the candidate's pods, until the candidate is Ready.
impl StepBehavior for AwaitReady {
    async fn run(&self, context: &Context<'_>) -> StepResult {
        let until = Instant::now() + self.deadline;
        let ends: Ends = if self.restarts.is_zero() { cannot_come_up } else { is_permanent };
        let mut causes = Causes::default();
        unless(context, ends, ready(self, context, &mut causes, until)).await?;
        learn(self, context, &mut causes, until).await
    }
}

async fn ready(
    step: &AwaitReady,
    context: &Context<'_>,
    causes: &mut Causes,
    until: Instant,
) -> Result<(), StepError> {
    let generation = context.generation()?;
    let mut watching = Watching::polling(context, generation, until, step.poll_interval);
    let mut patience = Patience::new(step.grace, step.restarts);
    let mut last: Option<Arc<Service>> = None;
    let mut route = RouteFailure::default();
    loop {
        let seen = watching.next().await?;
        let is_poll = matches!(seen, Seen::Poll);
        if let Seen::Service(service) = seen {
            if is_ready(context, &service)? {
                return Ok(());
            }
            last = Some(service);
        }
        let service = last.as_deref();
        service.iter().for_each(|service| route.seen(service));
        if is_poll || patience.is_tried() || service.is_some_and(says_no) {
            let of_service =
                service.and_then(diagnosis::of_configuration).or_else(|| route.believed().cloned());
            let found = causes.find(context, until, of_service.as_ref()).await?;
            patience.consider(context, found).await?;
            watching.explain(patience.reason());
        }
    }
}

/// The candidate is Ready. If no pull gave the digest, Knative did when it resolved the image.
async fn learn(
    step: &AwaitReady,
    context: &Context<'_>,
    causes: &mut Causes,
    until: Instant,
) -> StepResult {
    let mut findings = vec![Observation::CandidateReady];
    if context.image().digest().is_none() {
        let revision = see_candidate(context, until).await?;
        let image = revision.resolved_image(context.plan.container.as_deref());
        findings.extend(image.map(Observation::Image));
    }
    if !step.domains.is_empty() {
        let names: Vec<&str> = step.domains.iter().map(String::as_str).collect();
        let since = context.began.checked_sub(APPLIED_BEFORE).unwrap_or(context.began);
        let found = diagnosis::of_domains(&names, &causes.events(context).await, since);
        findings.extend(found.map(|found| Observation::Note(found.in_words())));
    }
    Ok(findings)
}

fn cannot_come_up(found: &Diagnosis) -> bool {
    matches!(found.outlook(), Outlook::Permanent | Outlook::Restarting)
}

fn is_permanent(found: &Diagnosis) -> bool {
    found.outlook() == Outlook::Permanent
}

fn is_ready(context: &Context<'_>, service: &Service) -> Result<bool, StepError> {
    let candidate = context.candidate()?.as_str();
    Ok(service.is_ready()
        && service.latest_created() == Some(candidate)
        && service.latest_ready() == Some(candidate))
}

fn says_no(service: &Service) -> bool {
    service.is_observed()
        && service.condition("ConfigurationsReady").is_some_and(Condition::is_false)
}
