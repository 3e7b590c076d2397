//! Leave only the candidate in traffic: by name, without tag, at 100 %.

use std::time::Duration;

use boathook_core::rollout::Observation;
use futures_util::{FutureExt, future::BoxFuture};
use serde::{Deserialize, Serialize};

use crate::{
    cluster::Traffic,
    steps::{
        Context,
        await_traffic::WithoutRoute,
        set_traffic::{Beside, set_traffic},
        step_behavior::{StepBehavior, StepResult},
    },
};

/// Pins all traffic to the candidate and waits until status shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PinTraffic {
    /// Deadline for status to show the change.
    pub deadline: Duration,
}

impl StepBehavior for PinTraffic {
    fn changes_service(&self) -> bool {
        true
    }

    fn title(&self) -> String {
        "Pin all traffic to the new revision".to_owned()
    }

    fn run<'a>(&'a self, context: &'a Context<'a>) -> BoxFuture<'a, StepResult> {
        self.pin(context).boxed()
    }
}

impl PinTraffic {
    async fn pin(&self, context: &Context<'_>) -> StepResult {
        let traffic = Traffic::all_on(context.candidate()?, context.kept);
        let service = set_traffic(
            context,
            self.deadline,
            context.generation()?,
            Beside::default(),
            &traffic,
            WithoutRoute::Fails,
        )
        .await?;
        let url = service.url().map(|url| Observation::ServiceUrl(url.to_owned()));
        Ok(std::iter::once(Observation::Serving { percent: 100 }).chain(url).collect())
    }
}
