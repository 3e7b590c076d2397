//! `POST /webhook/deploy` and `POST /webhook/deploy/{environment}`: the one way in.
//!
//! It reads, asks the door, and answers; the rules are the door's.

use std::{net::IpAddr, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{HeaderMap, HeaderName, LOCATION},
    web::{Bytes, Data, Payload},
};
use futures_util::{StreamExt, pin_mut};
use serde_json::{Value, json};
use tracing::info;

use crate::{
    deployment::{Environment, SIGNATURE_HEADER},
    intake::{Delivery, Door, HUB_SIGNATURE_HEADER, Offered, Refusal, Verified, client_of},
    journal::{Accepted, Deployment, End, Event, Findings, State, Status, Summary},
    server::{ApiError, Edge, body, prefer},
};

const EVENT: HeaderName = HeaderName::from_static("x-github-event");
const DELIVERY: HeaderName = HeaderName::from_static("x-github-delivery");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// Takes one delivery.
pub async fn deploy(request: HttpRequest, payload: Payload, edge: Data<Edge>) -> Result<HttpResponse, ApiError> {
    edge.check_open()?;
    let body = body::read(&request, payload, edge.body).await?;
    let body = edge.door.verify(&offered(request.headers()), body)?;
    match body::header(request.headers(), &EVENT) {
        Some("deployment") => admit(&request, &body, &edge).await,
        Some("ping") => Ok(HttpResponse::Ok().json(json!({"status": "pong"}))),
        Some(event) => Ok(HttpResponse::Ok().json(json!({
            "status": "ignored",
            "event": event,
            "message": "only `X-GitHub-Event: deployment` deploys",
        }))),
        None => Err(ApiError::Malformed("the event is not named; send `X-GitHub-Event: deployment`, once".to_owned())),
    }
}

async fn admit(request: &HttpRequest, body: &Verified<Bytes>, edge: &Edge) -> Result<HttpResponse, ApiError> {
    let delivery = Delivery {
        environment: environment_in_path(request)?,
        id: body::header(request.headers(), &DELIVERY).map(|id| id.chars().take(200).collect()),
        client: client(request, &edge.door),
    };
    let accepted = edge.door.admit(body, delivery).await?;
    log(&accepted);
    match (prefer::wait(request.headers()), accepted) {
        (None, Accepted::New(summary)) => Ok(with_location(&edge.status_url(&summary)).json(answer(edge, "accepted", &summary))),
        (None, Accepted::Repeat(summary)) => Ok(HttpResponse::Ok().json(repeat(edge, &summary))),
        (Some(wait), Accepted::New(summary) | Accepted::Repeat(summary)) => wait_for_end(edge, summary, wait.min(edge.max_wait)).await,
    }
}

/// Where a request came from, as far as proxies are trusted.
pub fn client(request: &HttpRequest, door: &Door) -> Option<IpAddr> {
    let forwarded = request.headers().get_all(FORWARDED_FOR).filter_map(|value| value.to_str().ok()).collect::<Vec<_>>();
    client_of(request.peer_addr()?.ip(), &forwarded.join(","), &door.trusted_proxies).into()
}

fn offered(headers: &HeaderMap) -> Offered<'_> {
    let all = |name: &'static str| headers.get_all(name).map(|value| value.as_bytes()).collect();
    Offered { documented: all(SIGNATURE_HEADER), hub: all(HUB_SIGNATURE_HEADER) }
}

fn environment_in_path(request: &HttpRequest) -> Result<Option<Environment>, Refusal> {
    Ok(request.match_info().get("environment").map(str::parse).transpose()?)
}

fn log(accepted: &Accepted) {
    let (summary, what) = match accepted {
        Accepted::New(summary) => (summary, "Accepted"),
        Accepted::Repeat(summary) => (summary, "Answered a repeat of"),
    };
    let Summary { job, environment, namespace, service, image, .. } = summary;
    info!(deployment.job = %job, deployment.environment = %environment, "{what} {image} for {namespace}/{service}");
}

fn answer(edge: &Edge, status: &str, summary: &Summary) -> Value {
    json!({
        "status": status,
        "deployment_id": summary.deployment_id,
        "environment": summary.environment,
        "job": summary.job,
        "status_url": edge.status_url(summary),
    })
}

fn repeat(edge: &Edge, summary: &Summary) -> Value {
    let mut body = answer(edge, "repeat", summary);
    body["state"] = json!(summary.status);
    body["reason"] = json!(summary.reason);
    body
}

fn with_location(status_url: &str) -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::Accepted();
    response.insert_header((LOCATION, status_url));
    response
}

async fn wait_for_end(edge: &Edge, summary: Summary, wait: Duration) -> Result<HttpResponse, ApiError> {
    let ended = async {
        let records = edge.journal().follow(&summary.job, 0);
        pin_mut!(records);
        while let Some(record) = records.next().await {
            if let Event::Ended { end, reason } = record?.event {
                return Ok::<_, ApiError>(Some((end, reason)));
            }
        }
        Ok(None)
    };
    let end = tokio::select! {
        end = tokio::time::timeout(wait, ended) => end.unwrap_or(Ok(None))?,
        () = edge.stopping.cancelled() => None,
    };
    let learned = match edge.journal().deployment(&summary.job).await? {
        Some(Deployment { state: State::Ended(outcome), .. }) => Some(outcome.findings),
        Some(_) | None => None,
    };
    let mut response = waited(edge, &summary, end, learned.unwrap_or_default());
    let applied = format!("wait={}", wait.as_secs());
    if let Ok(applied) = applied.parse() {
        response.headers_mut().insert(PREFERENCE_APPLIED, applied);
    }
    Ok(response)
}

fn waited(edge: &Edge, summary: &Summary, end: Option<(End, Option<String>)>, learned: Findings) -> HttpResponse {
    match end {
        None => with_location(&edge.status_url(summary)).json(answer(edge, "running", summary)),
        Some((End::Succeeded, _)) => HttpResponse::Ok().json(with_findings(answer(edge, "success", summary), learned)),
        Some((end, reason)) => {
            let mut body = with_findings(answer(edge, Status::Ended(end).name(), summary), learned);
            let why = reason.as_deref().unwrap_or("no reason was recorded");
            body["error"] = json!(format!("the deployment {}: {why}", phrase(end)));
            body["reason"] = json!(reason);
            HttpResponse::InternalServerError().json(body)
        }
    }
}

/// The answer with what the deployment learned: the new revision, its image by digest, the numbers of its probes, and notes such as the
/// usual cause of a container that never becomes ready.
fn with_findings(mut body: Value, learned: Findings) -> Value {
    let Findings { candidate, image, health, notes, .. } = learned;
    let known = [("revision", json!(candidate)), ("image", json!(image)), ("health", json!(health)), ("notes", json!(notes))];
    for (field, value) in known {
        if !(value.is_null() || value.as_array().is_some_and(Vec::is_empty)) {
            body[field] = value;
        }
    }
    body
}

const fn phrase(end: End) -> &'static str {
    match end {
        End::Succeeded => "succeeded",
        End::RolledBack => "was rolled back",
        End::Failed => "failed",
        End::Superseded => "was superseded",
        End::Aborted => "was aborted",
        End::Refused => "was refused",
        End::Stuck => "is stuck and needs a person",
    }
}
