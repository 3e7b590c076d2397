//! Every service through the environments: the record's services and what is on its way, along the
//! ways that the configuration has.

use boathook_core::deployment::ServiceKey;

use crate::{
    intake::Policy,
    journal::{Coming, Pipeline, StopPlace, Way, WayKind},
    server::{ApiError, OperatorState, services},
};

/// Successes whose promotions are not taken yet, at most.
const PROMOTIONS_MAX: u32 = 200;

/// All of them.
pub(super) async fn read(
    operators: &OperatorState,
    ways: &[Way],
) -> Result<Vec<Pipeline>, ApiError> {
    let order: Vec<_> = operators.environments().names().collect();
    let services = services::read(operators).await?;
    let coming = deployments(operators).into_iter().chain(promotions(operators, ways).await?);
    Ok(Pipeline::all(&order, ways, services, coming.collect()))
}

/// The ways between the environments, a promotion for each pair that has one.
pub(super) fn ways(policies: &[Policy]) -> Vec<Way> {
    policies.iter().flat_map(promoting).chain(policies.iter().flat_map(proving)).collect()
}

fn promoting(policy: &Policy) -> impl Iterator<Item = Way> {
    policy.config.promotion.iter().map(|promotion| Way {
        from: policy.environment,
        to: promotion.to,
        url: promotion.url.clone(),
        namespace: promotion.namespace.clone(),
        service: promotion.service_name.clone(),
        kind: match (promotion.happens(), promotion.needs_approval()) {
            (false, _) => WayKind::Never,
            (true, false) => WayKind::Automatic,
            (true, true) => WayKind::Approval,
        },
    })
}

fn proving(policy: &Policy) -> impl Iterator<Item = Way> {
    let proven =
        policy.config.require.proven.iter().flat_map(|proven| proven.places.environments());
    proven.map(|from| Way {
        from: *from,
        to: policy.environment,
        url: None,
        namespace: None,
        service: None,
        kind: WayKind::Proof,
    })
}

/// The deployments that have not ended.
fn deployments(operators: &OperatorState) -> Vec<(StopPlace, Coming)> {
    let live = operators.journal.live().into_iter();
    let coming = live.map(|(id, deployment)| {
        let request = &deployment.acceptance.request;
        let place =
            StopPlace { environment: request.environment, url: None, service: request.service() };
        (place, Coming::deployment(&id, &deployment, operators.journal.held_up(&id)))
    });
    coming.collect()
}

/// The promotions that are not taken yet.
async fn promotions(
    operators: &OperatorState,
    ways: &[Way],
) -> Result<Vec<(StopPlace, Coming)>, ApiError> {
    let now = operators.clock.now();
    let mut coming = Vec::new();
    for id in operators.journal.to_promote(PROMOTIONS_MAX).await? {
        let Some(deployment) = operators.journal.deployment(&id).await? else { continue };
        let from = deployment.acceptance.request.environment;
        for state in deployment.to_promote() {
            let promotion = &state.promotion;
            let way = ways.iter().find(|way| {
                way.from == from && way.to == promotion.to && way.kind != WayKind::Proof
            });
            let place = StopPlace {
                environment: promotion.to,
                url: way.and_then(|way| way.url.clone()),
                service: ServiceKey {
                    namespace: promotion.namespace.clone(),
                    service: promotion.service_name.clone(),
                },
            };
            coming.extend(
                Coming::promotion(&id, &deployment, state, now).map(|coming| (place, coming)),
            );
        }
    }
    Ok(coming)
}
