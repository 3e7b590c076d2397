//! Give the candidate a percentage of traffic.

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
        Context,
        await_traffic::WithoutRoute,
        set_traffic::{Beside, set_traffic},
        step_behavior::{StepBehavior, StepResult},
    },
};

/// Patches traffic and waits until status shows it; stable stays named, at 0 % at the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShiftTraffic {
    /// The candidate's percentage.
    pub percent: Percent,
    /// Deadline for status to show the change.
    pub deadline: Duration,
}

impl StepBehavior for ShiftTraffic {
    fn changes_service(&self) -> bool {
        true
    }

    fn title(&self) -> String {
        format!("Shift traffic to {}", self.percent)
    }

    fn run<'a>(&'a self, context: &'a Context<'a>) -> BoxFuture<'a, StepResult> {
        self.shift(context).boxed()
    }
}

impl ShiftTraffic {
    async fn shift(&self, context: &Context<'_>) -> StepResult {
        let split = Split {
            stable: context.stable()?.clone(),
            candidate: context.candidate()?.clone(),
            percent: self.percent,
        };
        let traffic = Traffic::split(&split, context.kept);
        set_traffic(
            context,
            self.deadline,
            context.generation()?,
            Beside::default(),
            &traffic,
            WithoutRoute::Fails,
        )
        .await?;
        Ok(vec![Observation::Serving { percent: self.percent.get() }])
    }
}
