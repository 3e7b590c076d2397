//! Find the revision that our change created.

use std::sync::Arc;

use boathook_core::{
    deployment::{RevisionName, ServiceKey},
    rollout::{Observation, steps::FindRevision},
};
use tokio::time::Instant;

use crate::{
    cluster::{DEPLOYMENT_LABEL, Revision, Service},
    diagnosis::{self, Outlook},
    steps::{
        Context, StepError,
        retry::persist,
        step_behavior::{StepBehavior, StepResult},
        watch::Watching,
    },
};

/// Waits for the revision that carries this deployment's label, and notes its name and UID.
impl StepBehavior for FindRevision {
    async fn run(&self, context: &Context<'_>) -> StepResult {
        let until = Instant::now() + self.deadline;
        let mut watching = Watching::begin(context, context.generation()?, until);
        loop {
            let service = watching.service().await?;
            if !service.is_observed() {
                continue;
            }
            if let Some(found) = find_now(context, until, &service).await? {
                return Ok(vec![found]);
            }
            // Status, at the generation of the change, says that the revision cannot be created,
            // such as for an invalid label value.
            if let Some(refused) = diagnosis::of_configuration(&service) {
                return Err(StepError::failed(refused.in_words()));
            }
        }
    }
}

async fn find_now(
    context: &Context<'_>,
    until: Instant,
    service: &Service,
) -> Result<Option<Observation>, StepError> {
    let stable = context.plan.stable_revision().map(RevisionName::as_str);
    let Some(newest) = service.latest_created().filter(|newest| Some(*newest) != stable) else {
        return Ok(None);
    };
    let mut found = labelled(context, until, newest).await?;
    match (found.pop(), found.len()) {
        (None, _) => Ok(None),
        (Some(revision), 0) => {
            let failed = diagnosis::of_revision(&revision)
                .filter(|failed| failed.outlook() == Outlook::Permanent);
            match (check(context, service, &revision)?, failed) {
                // It is known to fail; waiting for it gains nothing.
                (Some(candidate), Some(failed)) => {
                    context.learn(candidate).await;
                    Err(StepError::Failed(failed.in_words()))
                }
                (found, _) => Ok(found),
            }
        }
        (Some(_), others) => Err(StepError::failed(format!(
            "{} revisions carry this deployment's label",
            others + 1
        ))),
    }
}

/// The revisions with this deployment's label. If the feed does not know the newest one yet, they
/// are read directly.
async fn labelled(
    context: &Context<'_>,
    until: Instant,
    newest: &str,
) -> Result<Vec<Arc<Revision>>, StepError> {
    let ServiceKey { namespace: _, service } = &context.plan.service;
    let label = context.id.as_str();
    let known = context.view.revisions.known(|feed| {
        feed.get(newest)?;
        Some(feed.read(|state| {
            let revisions = state.objects.values();
            let own = revisions.filter(|revision| {
                revision.has_label(DEPLOYMENT_LABEL, label)
                    && revision.has_label("serving.knative.dev/service", service.as_str())
            });
            own.cloned().collect::<Vec<_>>()
        }))
    });
    if let Some(known) = known {
        return Ok(known);
    }
    let read =
        persist!(context, until, context.cluster.revisions_of(&context.plan.service, label))?;
    context.view.revisions.compare(|feed| {
        let is_known = |one: &Revision| feed.get(one.name_text()).as_deref() == Some(one);
        read.iter().all(is_known)
    });
    Ok(read.into_iter().map(Arc::new).collect())
}

/// The revision must run our image and be the service's newest; the service's status may lag
/// behind.
fn check(
    context: &Context<'_>,
    service: &Service,
    revision: &Revision,
) -> Result<Option<Observation>, StepError> {
    let name = revision.name().map_err(|error| StepError::failed(error.to_string()))?;
    let image = context.image().to_string();
    let runs = revision.image(context.plan.container.as_deref());
    if runs != Some(image.as_str()) {
        let runs = runs.unwrap_or("no image").escape_default().to_string();
        return Err(StepError::failed(format!(
            "revision {name} carries this deployment's label but runs {runs}"
        )));
    }
    let is_newest = service.latest_created() == Some(name.as_str());
    Ok(is_newest.then(|| Observation::Candidate { name, uid: revision.uid().to_owned() }))
}
