//! Name the candidate in traffic at 0 %, under boathook's tag, so that it has a URL of its own
//! before any user sees it.

use std::time::Duration;

use boathook_core::{
    deployment::{Percent, Split},
    rollout::Observation,
};
use futures_util::{FutureExt, future::BoxFuture};
use serde::{Deserialize, Serialize};

use crate::{
    cluster::Traffic,
    steps::{
        Context, StepError,
        await_traffic::WithoutRoute,
        set_traffic::{Beside, set_traffic},
        step_behavior::{StepBehavior, StepResult},
    },
};

/// Tags the candidate, and waits until status shows the tag on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TagCandidate {
    /// Deadline for status to show the change.
    pub deadline: Duration,
}

impl StepBehavior for TagCandidate {
    fn changes_service(&self) -> bool {
        true
    }

    fn title(&self) -> String {
        "Tag the new revision, at 0 %".to_owned()
    }

    fn run<'a>(&'a self, context: &'a Context<'a>) -> BoxFuture<'a, StepResult> {
        self.tag(context).boxed()
    }
}

impl TagCandidate {
    async fn tag(&self, context: &Context<'_>) -> StepResult {
        let split = Split {
            stable: context.stable()?.clone(),
            candidate: context.candidate()?.clone(),
            percent: Percent::ZERO,
        };
        let traffic = Traffic::split(&split, context.kept);
        let service = set_traffic(
            context,
            self.deadline,
            context.generation()?,
            Beside::default(),
            &traffic,
            WithoutRoute::Fails,
        )
        .await?;
        let tagged = service.traffic().and_then(Traffic::tagged);
        let url = tagged
            .and_then(|target| target.url.clone())
            .ok_or_else(|| StepError::failed("the tag has no URL in status"))?;
        let own =
            service.url().ok_or_else(|| StepError::failed("the service has no URL in status"))?;
        Ok(vec![Observation::TagUrl(url), Observation::ServiceUrl(own.to_owned())])
    }
}
