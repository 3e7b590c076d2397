//! Promotions that wait for their digest to be proven, as lists show them.

use boathook_core::{
    clock::date_and_time,
    deployment::{DeploymentId, Environment, ServiceKey},
};

use crate::{journal::StoreError, server::OperatorState};

/// Successes that are looked through for them, the oldest first.
const SEARCHED_MAX: u32 = 100;

/// A promotion that waits for its digest to be proven.
#[derive(Clone, Debug)]
pub(super) struct WaitingPromotion {
    /// The success that it is of.
    pub deployment: DeploymentId,
    pub from: Environment,
    pub service: ServiceKey,
    pub to: Environment,
    /// What it waits for, how far along that is, and until when.
    pub why: String,
}

/// Those that wait, in the order in which their deployments were accepted.
pub(super) async fn read(operators: &OperatorState) -> Result<Vec<WaitingPromotion>, StoreError> {
    let OperatorState { journal, clock, .. } = operators;
    let now = clock.now();
    let mut waiting = Vec::new();
    for id in journal.to_promote(SEARCHED_MAX).await? {
        let Some(deployment) = journal.deployment(&id).await? else { continue };
        let request = &deployment.acceptance.request;
        let awaiting = deployment.to_promote().filter_map(|state| Some((state, state.awaits()?)));
        waiting.extend(awaiting.map(|(state, wait)| WaitingPromotion {
            deployment: id.clone(),
            from: request.environment,
            service: request.service(),
            to: state.promotion.to,
            why: match wait.due() {
                Some(due) => format!("{}, due {}", wait.words(now), date_and_time(due)),
                None => wait.words(now),
            },
        }));
    }
    Ok(waiting)
}
