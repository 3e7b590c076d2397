//! Roll back: stable's template under its own name, and all traffic on it, in one patch.

use std::time::Duration;

use boathook_core::{deployment::RevisionName, rollout::Observation};
use futures_util::{FutureExt, future::BoxFuture};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{
    cluster::{MetadataChange, Service, ServicePatch, Template, Traffic},
    steps::{
        Context,
        await_traffic::WithoutRoute,
        change::{carries_our_label, read_service, yield_to_external_change},
        set_traffic::{Beside, see_traffic, set_traffic},
        step_behavior::{StepBehavior, StepResult},
        visibility::see_visibility,
    },
};

/// Re-adopts stable: Ready on the old revision at once, with no new revision and no cold start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadoptStable {
    /// The template that names stable, built before the first change.
    pub template: Template,
    /// Restores the service's own labels and annotations.
    #[serde(default, skip_serializing_if = "MetadataChange::is_empty")]
    pub metadata: MetadataChange,
    /// The generation before the first change; if it is unchanged, there is nothing to undo.
    pub untouched: u64,
    /// The deadline for retries.
    pub deadline: Duration,
    /// Why the service had no route before the deployment, if it had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without_route: Option<String>,
}

impl StepBehavior for ReadoptStable {
    fn changes_service(&self) -> bool {
        true
    }

    fn title(&self) -> String {
        "Go back to the revision that served before".to_owned()
    }

    fn run<'a>(&'a self, context: &'a Context<'a>) -> BoxFuture<'a, StepResult> {
        self.go_back(context).boxed()
    }
}

impl ReadoptStable {
    async fn go_back(&self, context: &Context<'_>) -> StepResult {
        let until = Instant::now() + self.deadline;
        let stable = context.stable()?;
        let traffic = Traffic::all_on(stable, context.kept);
        if let Some(changed) = self.patch_at_once(context, &traffic).await {
            let service =
                see_traffic(context, until, &changed, &traffic, self.without_route()).await?;
            see_visibility(context, until, service.generation(), &self.metadata).await?;
            return Ok(vec![Observation::Serving { percent: 0 }]);
        }
        let service = read_service(context, until).await?;
        if service.generation() == self.untouched {
            return Ok(vec![Observation::Note(format!(
                "the service had not been changed; {stable} serves as before"
            ))]);
        }
        let named = service.template_name() == Some(stable.as_str());
        if !self.is_ours(context, &service, &traffic, named) {
            return Err(yield_to_external_change(
                context,
                until,
                &service,
                self.last_known(context),
            )
            .await);
        }
        let template = (!named).then_some(&self.template);
        let beside = Beside { template, metadata: &self.metadata.operations(&service) };
        let service = set_traffic(
            context,
            self.deadline,
            service.generation(),
            beside,
            &traffic,
            self.without_route(),
        )
        .await?;
        see_visibility(context, until, service.generation(), &self.metadata).await?;
        Ok(vec![Observation::Serving { percent: 0 }])
    }

    fn without_route(&self) -> WithoutRoute<'_> {
        WithoutRoute::AskAgain(self.without_route.as_deref())
    }

    /// The recorded generation after our last change.
    fn last_known(&self, context: &Context<'_>) -> u64 {
        context.findings.generation.unwrap_or(self.untouched)
    }

    /// Whether the service is as we left it: at the recorded generation, or one later by our own
    /// change whose answer was lost.
    fn is_ours(
        &self,
        context: &Context<'_>,
        service: &Service,
        back: &Traffic,
        named: bool,
    ) -> bool {
        let known = self.last_known(context);
        if service.generation() != known + 1 {
            return service.generation() == known;
        }
        let wanted = service.wanted_traffic();
        if named {
            return wanted.routes_as(back);
        }
        let adopted = context
            .findings
            .candidate
            .as_ref()
            .is_some_and(|ours| service.template_name() == Some(ours.as_str()));
        let revisions: Vec<&RevisionName> =
            context.stable.into_iter().chain(context.findings.candidate.as_ref()).collect();
        (adopted || carries_our_label(context, service))
            && wanted.names_only(&revisions, context.kept)
    }

    /// Patches at once if the service should be as our last change left it: the patch tests that
    /// itself, and users are back one program earlier. None if that is not known or not true.
    async fn patch_at_once(&self, context: &Context<'_>, traffic: &Traffic) -> Option<Service> {
        let generation =
            context.findings.generation.filter(|generation| *generation != self.untouched)?;
        let metadata = self.metadata.operations_unseen();
        let patch = ServicePatch {
            uid: context.uid,
            generation,
            template: Some(&self.template),
            traffic,
            metadata: &metadata,
        };
        context.cluster.patch_service(context.service, &patch).await.ok()
    }
}
