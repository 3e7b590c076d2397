//! `GET /v1/windows`: for each environment, whether deployments may begin now, and when next.

use actix_web::{
    HttpResponse,
    web::{Data, Query},
};
use boathook_core::deploy_windows::EnvironmentOutlook;
use serde::Deserialize;

use crate::server::{ApiError, OperatorState, environment};

/// Openings that are shown of each environment.
const SHOWN: usize = 5;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeployWindowsQuery {
    environment: Option<String>,
}

pub async fn list(
    query: Query<DeployWindowsQuery>,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let DeployWindowsQuery { environment } = query.into_inner();
    let environment = environment::named_if_given(environment.as_deref(), &operators).await?;
    let mut outlooks = outlooks(&operators);
    outlooks.retain(|one| environment.is_none_or(|wanted| wanted == one.environment));
    Ok(HttpResponse::Ok().json(outlooks))
}

/// Every environment that is configured, in the order of promotion.
pub fn outlooks(operators: &OperatorState) -> Vec<EnvironmentOutlook> {
    let now = operators.clock.now();
    let enabled = operators.policies.iter().filter(|policy| policy.config.enabled);
    let outlook = enabled.map(|policy| {
        EnvironmentOutlook::of(policy.environment, &policy.config.windows, now, SHOWN)
    });
    outlook.collect()
}
