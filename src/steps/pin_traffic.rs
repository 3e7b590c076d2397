//! Leave only the candidate in traffic: by name, without tag, at 100 %.

use boathook_core::{
    objects::Traffic,
    rollout::{Observation, steps::PinTraffic},
};

use crate::steps::{
    Context,
    step_behavior::{StepBehavior, StepResult},
    traffic_change::{service_url, set_traffic},
};

impl StepBehavior for PinTraffic {
    async fn run(&self, context: &Context<'_>) -> StepResult {
        let traffic = Traffic::all_on(context.candidate()?, &context.plan.kept);
        let service = set_traffic(context, self.deadline, &traffic).await?;
        let serving = std::iter::once(Observation::Serving { percent: 100 });
        Ok(serving.chain(service_url(&service)).collect())
    }
}
