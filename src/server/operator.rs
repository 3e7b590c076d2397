//! What operators read on the Unix socket: `/v1/deployments` and below. Anyone who can open the
//! socket may read everything.

use std::cmp::Reverse;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path, Query},
};
use boathook_core::{
    deployment::{DeploymentId, Environment, ExternalId, Namespace, ServiceName},
    record::Status,
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    journal::{Filter, Summary},
    server::{ApiError, OperatorState, environment, events::EventsRequest, listed::Listed, show},
};

/// Deployments that are shown with their steps at most, while they have not ended.
const LIVE_MAX: usize = 50;
/// Deployments that are shown of those that ended last.
const ENDED_MAX: usize = 5;
/// Deployments that one answer lists at most.
const LIST_MAX: u32 = 500;

/// What a list may be narrowed by.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    environment: Option<String>,
    namespace: Option<Namespace>,
    service: Option<ServiceName>,
    status: Option<Status>,
    #[serde(default)]
    paused: bool,
    before: Option<String>,
    limit: Option<u32>,
}

/// Deployments, newest first.
pub async fn list(
    query: Query<ListQuery>,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let ListQuery { environment, namespace, service, status, paused, before, limit } =
        query.into_inner();
    let environments = environment::listed(environment.as_deref(), &operators).await?;
    let standard = Filter::default();
    let limit = limit.unwrap_or(standard.limit).min(LIST_MAX);
    let before = before.map(|id| DeploymentId::from_lookup(&id));
    let filter =
        Filter { environments, namespace, service, status, paused, before, limit, ..standard };
    let listed = Listed::of(operators.journal.list(&filter).await?, &operators).await?;
    Ok(HttpResponse::Ok().json(listed))
}

/// One deployment and its steps.
pub async fn deployment(
    id: Path<String>,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let id = named(&id, &operators).await?;
    let view = show::view(&operators.journal, &id).await?.ok_or(ApiError::NotFound)?;
    Ok(HttpResponse::Ok().json(view))
}

/// Every deployment that has not ended, with its steps, and those that ended last.
pub async fn live(operators: Data<OperatorState>) -> Result<HttpResponse, ApiError> {
    let journal = &operators.journal;
    let all = journal.live();
    let mut live = Vec::new();
    for (id, _) in all.iter().take(LIVE_MAX) {
        live.extend(show::view(journal, id).await?);
    }
    let listed = journal.list(&Filter::default()).await?;
    let mut ended = listed.into_iter().filter(|one| one.ended_at.is_some()).collect::<Vec<_>>();
    ended.sort_by_key(|one| Reverse(one.ended_at));
    ended.truncate(ENDED_MAX);
    let more = all.len().saturating_sub(LIVE_MAX);
    Ok(HttpResponse::Ok().json(json!({"live": live, "more": more, "ended": ended})))
}

/// All records of one deployment.
pub async fn records(
    id: Path<String>,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let id = named(&id, &operators).await?;
    let records = operators.journal.records(&id, 0).await?;
    Ok(HttpResponse::Ok().json(records.iter().filter_map(show::operator).collect::<Vec<_>>()))
}

/// The records of one deployment as they come.
pub async fn events(
    id: Path<String>,
    request: HttpRequest,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let id = named(&id, &operators).await?;
    let events = EventsRequest {
        journal: &operators.journal,
        id: &id,
        headers: request.headers(),
        show: show::operator,
        heartbeat: operators.heartbeat,
        stopping: operators.stopping.clone(),
    };
    events.answer().await
}

/// The id of the deployment that the path names: its own id, or an external id that only one
/// request has, which names its newest attempt.
pub async fn named(id: &str, operators: &OperatorState) -> Result<DeploymentId, ApiError> {
    named_in(id, &[], None, operators).await
}

/// The same, of the deployments of some environments and a namespace, where these are given.
pub async fn named_in(
    id: &str,
    environments: &[Environment],
    namespace: Option<&Namespace>,
    operators: &OperatorState,
) -> Result<DeploymentId, ApiError> {
    let own = DeploymentId::from_lookup(id);
    if let Some(one) = operators.journal.deployment(&own).await? {
        let request = &one.acceptance.request;
        let is_there = (environments.is_empty() || environments.contains(&request.environment))
            && namespace.is_none_or(|wanted| *wanted == request.namespace);
        return if is_there { Ok(own) } else { Err(unknown(id)) };
    }
    let deployment_id = Some(ExternalId::parse(id).map_err(|_| unknown(id))?);
    let namespace = namespace.cloned();
    let filter = Filter {
        deployment_id,
        environments: environments.to_vec(),
        namespace,
        ..Filter::default()
    };
    let found = operators.journal.list(&filter).await?;
    match environment::first(found, environments, |one| one.environment).as_slice() {
        [] => Err(unknown(id)),
        [newest, earlier @ ..] if earlier.iter().all(|one| one.identity() == newest.identity()) => {
            Ok(newest.id.clone())
        }
        several => Err(ambiguous(id, several)),
    }
}

fn unknown(id: &str) -> ApiError {
    ApiError::Unknown(format!(
        "there is no deployment `{}`; boathook list shows those that are known",
        id.escape_debug()
    ))
}

fn ambiguous(id: &str, several: &[Summary]) -> ApiError {
    let candidate = |summary: &Summary| {
        format!(
            "{} ({}, {}/{})",
            summary.id, summary.environment, summary.namespace, summary.service
        )
    };
    ApiError::Ambiguous {
        id: id.to_owned(),
        ids: several.iter().map(candidate).collect::<Vec<_>>().join(", "),
    }
}
