//! `GET /v1/services`: what serves where, by the record. The dashboard's overview shows the same.

use actix_web::{
    HttpResponse,
    web::{Data, Query},
};
use boathook_core::deployment::{Namespace, ServiceName};
use serde::Deserialize;

use crate::{
    journal::ServiceView,
    server::{ApiError, OperatorState, environment, show, waiting_promotions},
};

/// Services that are shown at most.
pub(super) const MAX: u32 = 500;

/// What the answer may be narrowed by.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServicesQuery {
    environment: Option<String>,
    namespace: Option<Namespace>,
    service: Option<ServiceName>,
}

/// Every service on record, or those that the query names.
pub async fn list(
    query: Query<ServicesQuery>,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let ServicesQuery { environment, namespace, service } = query.into_inner();
    let environments = environment::listed(environment.as_deref(), &operators).await?;
    let is_wanted = |view: &ServiceView| {
        (environments.is_empty() || environments.contains(&view.environment))
            && namespace.as_ref().is_none_or(|wanted| view.namespace == *wanted)
            && service.as_ref().is_none_or(|wanted| view.service == *wanted)
    };
    let mut services = read(&operators).await?;
    services.retain(is_wanted);
    Ok(HttpResponse::Ok().json(services))
}

/// What serves, with the shares of the rollouts that run.
pub async fn read(operators: &OperatorState) -> Result<Vec<ServiceView>, ApiError> {
    let mut moving = Vec::new();
    for (id, deployment) in operators.journal.live() {
        if !deployment.state.waits() {
            moving.extend(show::view(&operators.journal, &id).await?);
        }
    }
    let services = operators.journal.services(MAX).await?;
    let journal = &operators.journal;
    let mut all = ServiceView::all(services, &moving, &journal.locks(), &journal.holds());
    for (_, one) in journal.watched() {
        let request = &one.acceptance.request;
        let is_it = |view: &&mut ServiceView| {
            view.environment == request.environment
                && view.namespace == request.namespace
                && view.service == request.service_name
        };
        if let Some(view) = all.iter_mut().find(is_it) {
            view.watched_until = one.watched().and_then(|watch| watch.progress.until());
        }
    }
    for one in waiting_promotions::read(operators).await? {
        let its =
            |view: &&mut ServiceView| view.environment == one.from && view.key() == one.service;
        if let Some(view) = all.iter_mut().find(its) {
            view.promotions_wait.push(format!("to {}: {}", one.to, one.why));
        }
    }
    let environments = operators.environments();
    all.sort_by_key(|service| environments.rank(service.environment));
    Ok(all)
}
