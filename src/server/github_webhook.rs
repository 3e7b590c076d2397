//! `POST /webhook/github`: the webhooks that GitHub itself sends.
//!
//! A deployment is taken as the poller takes it; that GitHub pushed it spares only the wait. The
//! secret of the webhook says that GitHub sent it, and the signature in its payload, that CI asks.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CONTENT_TYPE, HeaderMap},
    web::{Bytes, Data, Payload},
};
use boathook_core::deployment::Repository;
use serde::Deserialize;

use crate::{
    intake::{
        Admission, Offered, Refusal, Verified,
        github::{self, Asks, Deployment, Taker},
    },
    server::{ApiError, PublicState, body, counting, refused, webhook},
};

const DEPLOYMENT: &str = "deployment";
const FORM: &str = "application/x-www-form-urlencoded";

/// What GitHub sends of a new deployment, as far as boathook reads it.
#[derive(Deserialize)]
struct Pushed {
    deployment: Deployment,
    repository: Named,
}

#[derive(Deserialize)]
struct Named {
    full_name: Repository,
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
    refused::remember_signer(&request, body.signers());
    match webhook::event(request.headers())? {
        DEPLOYMENT => deploy(&request, &body, &public).await,
        "ping" => Ok(webhook::pong(&public)),
        event => Ok(webhook::ignored(
            &public,
            event,
            "only deployments deploy; in the webhook's settings choose them alone",
        )),
    }
}

async fn deploy(
    request: &HttpRequest,
    body: &Verified<Bytes>,
    public: &PublicState,
) -> Result<HttpResponse, ApiError> {
    let Pushed { deployment, repository: Named { full_name: repository } } =
        serde_json::from_slice(body.body()).map_err(|error| {
            ApiError::Malformed(format!("the body is not a deployment as GitHub sends it: {error}"))
        })?;
    let admission = &public.admission;
    let ignored = |message: &str| Ok(webhook::ignored(public, DEPLOYMENT, message));
    let Some((repository, taker)) = taker(admission, &repository, &deployment) else {
        return ignored(&format!(
            "no environment takes deployments of {repository} for `{}`",
            deployment.environment.escape_debug()
        ));
    };
    let delivery = deployment.delivery(repository, taker, counting::client(request, public));
    let admitted = match deployment.asks()? {
        Asks::Nothing => return ignored("its payload asks for nothing"),
        Asks::Signed { body, signature } => {
            let offered = Offered { documented: vec![signature.as_bytes()], ..Offered::default() };
            let opened = admission.opener.open(body.as_bytes()).map_err(Refusal::from)?;
            let body = opened.unwrap_or_else(|| body.into_bytes());
            let signed = admission.verify(&offered, body).await?;
            refused::remember_signer(request, signed.signers());
            admission.admit(&signed, delivery).await?
        }
        Asks::Unsigned { image } => {
            let Some(made) = github::request(taker, repository, &deployment, image)? else {
                return ignored(&format!(
                    "it carries no signed request, and {} takes no such deployment without one (`github.trust`, `github.unsigned.tasks`)",
                    taker.environment
                ));
            };
            admission.admit(&body.vouching_for(made), delivery).await?
        }
    };
    webhook::answer(request, public, admitted).await
}

/// The environment that takes a deployment, and the repository as the configuration writes it.
fn taker<'a>(
    admission: &'a Admission,
    repository: &Repository,
    deployment: &Deployment,
) -> Option<(&'a Repository, &'a Taker)> {
    let watched = admission.watched.iter().find(|watched| watched.repository.is(repository))?;
    Some((&watched.repository, watched.taker(&deployment.environment)?))
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
