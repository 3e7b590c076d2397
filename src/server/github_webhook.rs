//! `POST /webhook/github`: the webhooks that GitHub itself sends.
//!
//! A deployment is taken as the poller takes it; that GitHub pushed it spares only the wait. The
//! secret of the webhook says that GitHub sent it, and the signature in its payload, that CI asks. A
//! published package carries no signed request: there the webhook's secret is all, and an
//! environment's rules say what is deployed.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CONTENT_TYPE, HeaderMap},
    web::{Bytes, Data, Payload},
};
use boathook_core::deployment::{Repository, beginning};
use serde::Deserialize;

use crate::{
    intake::{
        Admission, Declined, Offered, Verified,
        github::{Deployment, LearnedBy, Named, PackageEvent, Received},
        takers::{Taker, Watched},
    },
    server::{ApiError, PublicState, body, counting, refused, webhook},
};

const DEPLOYMENT: &str = "deployment";
/// The events about packages: GitHub sends what a webhook's settings choose, perhaps both.
const PACKAGE: [&str; 2] = ["package", "registry_package"];
/// Characters that an answer has of why a body cannot be read.
const ERROR_MAX: usize = 200;
const FORM: &str = "application/x-www-form-urlencoded";

/// What GitHub sends of a new deployment, as far as boathook reads it.
#[derive(Deserialize)]
struct Pushed {
    deployment: Deployment,
    repository: Named,
}

/// Takes one webhook of GitHub.
pub async fn take(
    request: HttpRequest,
    payload: Payload,
    public: Data<PublicState>,
) -> Result<HttpResponse, ApiError> {
    public.check_open()?;
    check_no_form(request.headers())?;
    let body = body::read(&request, payload, public.body, &public.room).await?;
    // GitHub signs its webhooks, and gives no identity token along.
    let offered = Offered { authorization: Vec::new(), ..webhook::offered(request.headers()) };
    let body = public.admission.verify(&offered, body).await?;
    refused::remember_signer(&request, &body);
    match webhook::event(request.headers())? {
        DEPLOYMENT => deploy(&request, &body, &public).await,
        "ping" => Ok(webhook::pong(&public)),
        event if PACKAGE.contains(&event) => publish(event, &request, &body, &public).await,
        event => Ok(webhook::ignored(
            &public,
            event,
            "only deployments and packages deploy; in the webhook's settings choose them alone",
        )),
    }
}

async fn deploy(
    request: &HttpRequest,
    body: &Verified<Bytes>,
    public: &PublicState,
) -> Result<HttpResponse, ApiError> {
    let Pushed { deployment, repository: Named { full_name: repository } } =
        serde_json::from_slice(body.body()).map_err(|error| unreadable(DEPLOYMENT, &error))?;
    let Some((watched, taker)) = taker(&public.admission, &repository, &deployment) else {
        let why = format!(
            "no environment takes deployments of {repository} for `{}`",
            deployment.environment.escape_debug()
        );
        return Ok(webhook::ignored(public, DEPLOYMENT, &why));
    };
    let client = counting::client(request, public);
    let learned = LearnedBy::Webhook { signed: Box::new(body.vouching_for(())), client };
    let received = public.admission.receive_deployment(watched, taker, &deployment, learned).await;
    let received = received.map_err(|Declined { refusal, signed_by }| {
        // Whoever signed the request in the payload is the one who asks.
        signed_by.into_iter().for_each(|id| refused::remember_id(request, id));
        refusal
    });
    answer(DEPLOYMENT, request, public, received?).await
}

async fn publish(
    event: &str,
    request: &HttpRequest,
    body: &Verified<Bytes>,
    public: &PublicState,
) -> Result<HttpResponse, ApiError> {
    let published: PackageEvent =
        serde_json::from_slice(body.body()).map_err(|error| unreadable("package", &error))?;
    let delivery = webhook::delivery(request, public, None);
    let received = public.admission.receive_package(body, &published, delivery).await?;
    answer(event, request, public, received).await
}

/// The error quotes the body, which may be long.
fn unreadable(what: &str, error: &serde_json::Error) -> ApiError {
    let why = error.to_string();
    let why = beginning(&why, ERROR_MAX);
    ApiError::Malformed(format!("the body is not a {what} as GitHub sends it: {why}"))
}

async fn answer(
    event: &str,
    request: &HttpRequest,
    public: &PublicState,
    received: Received,
) -> Result<HttpResponse, ApiError> {
    match received {
        Received::Admitted(admitted) => webhook::answer(request, public, *admitted).await,
        Received::Ignored(why) => Ok(webhook::ignored(public, event, &why)),
    }
}

/// The environment that takes a deployment of this repository.
fn taker<'a>(
    admission: &'a Admission,
    repository: &Repository,
    deployment: &Deployment,
) -> Option<(&'a Watched, &'a Taker)> {
    let watched = admission.watched.iter().find(|watched| watched.repository.is(repository))?;
    Some((watched, watched.taker(&deployment.environment)?))
}

/// GitHub sends forms unless it is told otherwise.
fn check_no_form(headers: &HeaderMap) -> Result<(), ApiError> {
    let is_form = body::header(headers, &CONTENT_TYPE).is_some_and(|value| {
        value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(FORM)
    });
    if is_form {
        Err(ApiError::UnsupportedMediaType(
            "GitHub sends a form; in the webhook's settings choose the content type application/json"
                .to_owned(),
        ))
    } else {
        Ok(())
    }
}
