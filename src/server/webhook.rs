//! `POST /webhook/deploy` and `POST /webhook/deploy/{environment}`: the way in for CI.
//!
//! It reads, calls admission, and answers; the rules are in admission.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{AUTHORIZATION, HeaderMap},
    web::{Bytes, Data, Payload},
};
use boathook_core::{
    clock::date_and_time,
    deployment::{Environment, RequestOutcome, SIGNATURE_HEADER, error_chain},
    record::{Reason, RequestSource, Status},
};
use serde_json::{Value, json};
use tracing::{error, info};

use crate::{
    intake::{
        Admission, Admitted, Delivery, EVENT_HEADERS, FORGE_SIGNATURE_HEADERS, Freshness,
        HUB_SIGNATURE_HEADER, Offered, Refusal, Verified, event_named,
    },
    journal::{Accepted, Summary},
    observers::metrics::Endpoint,
    server::{
        ApiError, PublicState, body, counting, dry_run, prefer, refused, wait,
        webhook_answer::Answers,
    },
};

/// Characters that are kept of a delivery's id.
const DELIVERY_MAX: usize = 200;

/// Takes one delivery.
pub async fn deploy(
    request: HttpRequest,
    payload: Payload,
    public: Data<PublicState>,
) -> Result<HttpResponse, ApiError> {
    public.check_open()?;
    let sent = body::read(&request, payload, public.body, &public.room).await?;
    let plain = opened(&public.admission, sent)?;
    let body = public.admission.verify(&offered(request.headers()), plain).await?;
    refused::remember_signer(&request, &body);
    match event(request.headers())? {
        "deployment" => admit(&request, &body, &public).await,
        "ping" => Ok(pong(&public)),
        event => Ok(ignored(&public, event, "only `X-GitHub-Event: deployment` deploys")),
    }
}

/// What a body was before its sender sealed it.
fn opened(admission: &Admission, body: Bytes) -> Result<Bytes, Refusal> {
    let opened = admission.opener.open(&body)?;
    Ok(opened.map_or(body, Bytes::from))
}

/// The answer to a ping.
pub(super) fn pong(public: &PublicState) -> HttpResponse {
    public.counted.note(Endpoint::Webhook, RequestOutcome::Ping);
    HttpResponse::Ok().json(json!({"status": "pong"}))
}

/// The answer to an event that deploys nothing.
pub(super) fn ignored(public: &PublicState, event: &str, message: &str) -> HttpResponse {
    public.counted.note(Endpoint::Webhook, RequestOutcome::Ignored);
    HttpResponse::Ok().json(json!({"status": "ignored", "event": event, "message": message}))
}

async fn admit(
    request: &HttpRequest,
    body: &Verified<Bytes>,
    public: &PublicState,
) -> Result<HttpResponse, ApiError> {
    let environment = environment_in_path(request, &public.admission)?;
    let delivery = delivery(request, public, environment);
    answer(request, public, public.admission.admit(body, delivery).await?).await
}

/// How a request came to the listener.
pub(super) fn delivery(
    request: &HttpRequest,
    public: &PublicState,
    environment: Option<Environment>,
) -> Delivery {
    let id = body::header(request.headers(), &body::DELIVERY);
    Delivery {
        environment,
        id: id.map(|id| id.chars().take(DELIVERY_MAX).collect()),
        source: RequestSource::Listener,
        freshness: Freshness::Now,
        client: counting::client(request, public),
    }
}

/// Answers what was admitted.
pub(super) async fn answer(
    request: &HttpRequest,
    public: &PublicState,
    admitted: Admitted,
) -> Result<HttpResponse, ApiError> {
    let (accepted, ignored) = match admitted {
        Admitted::Deployment { accepted, ignored } => (accepted, ignored),
        Admitted::DryRun { request, bundle, deployed } => {
            return dry_run::answer(public, request, bundle, deployed).await;
        }
    };
    public.counted.note(
        Endpoint::Webhook,
        if matches!(accepted, Accepted::New(_)) {
            RequestOutcome::Accepted
        } else {
            RequestOutcome::Repeat
        },
    );
    log(&accepted);
    let answers = Answers { public, ignored };
    let Some(wait) = prefer::wait(request.headers()) else {
        return Ok(at_once(&answers, &accepted));
    };
    let (Accepted::New(summary) | Accepted::Repeat(summary)) = &accepted;
    match wait::answer_at_the_end(&answers, summary, wait.min(public.max_wait)).await {
        Ok(answer) => Ok(answer),
        // It is accepted anyway, and its outcome can be read later.
        Err(error) => {
            error!(deployment.id = %summary.id, cause = error_chain(&error), "Failed to wait for the end of a deployment");
            Ok(at_once(&answers, &accepted))
        }
    }
}

fn at_once(answers: &Answers<'_>, accepted: &Accepted) -> HttpResponse {
    match accepted {
        Accepted::New(summary) => answers.accepted(summary).json(new(answers, summary)),
        Accepted::Repeat(summary) => HttpResponse::Ok().json(repeat(answers, summary)),
    }
}

/// The signatures of a request.
pub(super) fn offered(headers: &HeaderMap) -> Offered<'_> {
    let all = |name: &str| headers.get_all(name).map(|value| value.as_bytes()).collect();
    Offered {
        documented: all(SIGNATURE_HEADER),
        hub: all(HUB_SIGNATURE_HEADER),
        forges: FORGE_SIGNATURE_HEADERS.map(all),
        authorization: all(AUTHORIZATION.as_str()),
    }
}

/// The event that a request brings.
pub(super) fn event(headers: &HeaderMap) -> Result<&str, ApiError> {
    let all = |name: &str| headers.get_all(name).map(|value| value.as_bytes()).collect();
    event_named(EVENT_HEADERS.map(all)).map_err(|error| ApiError::Malformed(error.to_string()))
}

fn environment_in_path(
    request: &HttpRequest,
    admission: &Admission,
) -> Result<Option<Environment>, Refusal> {
    let name = request.match_info().get("environment");
    Ok(name.map(|name| admission.environments().find(name)).transpose()?)
}

fn log(accepted: &Accepted) {
    let (summary, what) = match accepted {
        Accepted::New(summary) => (summary, "Accepted"),
        Accepted::Repeat(summary) => (summary, "Answered a repeat of"),
    };
    let Summary { id, environment, namespace, service, image, .. } = summary;
    info!(deployment.id = %id, deployment.environment = %environment, "{what} {image} for {namespace}/{service}");
}

fn new(answers: &Answers<'_>, summary: &Summary) -> Value {
    let mut body = answers.body("accepted", summary);
    if summary.status == Status::AwaitingApproval {
        body["message"] = json!(match &summary.reason {
            None => "it begins once an operator has approved it".to_owned(),
            Some(reason) => format!("it begins once operators have approved it: {reason}"),
        });
    }
    if let Some(Reason::AwaitsWindow { opens_at, held: _ }) = &summary.reason {
        body["opens_at"] = json!(opens_at);
        let opens_at = date_and_time(*opens_at);
        body["message"] =
            json!(format!("it begins when the deployment window opens, at {opens_at}"));
    }
    body
}

fn repeat(answers: &Answers<'_>, summary: &Summary) -> Value {
    let mut body = answers.body("repeat", summary);
    body["state"] = json!(summary.status);
    body["reason"] = json!(summary.reason.clone().map(|reason| reason.without_user().to_string()));
    body
}
