//! Posts a request to another boathook, once.
//!
//! It follows no redirect and uses no proxy: what is signed goes where the configuration says, or
//! nowhere.

use std::time::Duration;

use boathook_core::{
    deployment::{DeploymentId, SIGNATURE_HEADER, error_chain, sign},
    failure,
};
use jiff::Timestamp;
use reqwest::{
    Client, Response,
    header::{CONTENT_TYPE, RETRY_AFTER},
    redirect,
};
use serde_json::Value;

use crate::observers::promotion::{Answer, PromotionRequest};

/// How long one try may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The maximum number of bytes of an answer to read.
const ANSWER_MAX: usize = 64 * 1024;
/// Characters of a text in an answer that are kept.
const TEXT_MAX: usize = 500;

struct Answered {
    status: u16,
    after: Option<Duration>,
    body: Vec<u8>,
}

/// Posts a request to the boathook at `url`, signed with `secret`.
pub async fn post(url: &str, secret: &[u8], request: &PromotionRequest, now: Timestamp) -> Answer {
    match exchange(url, secret, request, now).await {
        Ok(Answered { status, after, body }) => read(status, after, &body),
        Err(error) => Answer::later(error_chain(&error.without_url())),
    }
}

async fn exchange(
    url: &str,
    secret: &[u8],
    request: &PromotionRequest,
    now: Timestamp,
) -> reqwest::Result<Answered> {
    let body = request.body.to_string().into_bytes();
    let delivery = request.body["deployment_id"].as_str().unwrap_or_default();
    let response = client(url)?
        .post(format!("{url}/webhook/deploy/{}", request.to))
        .header(CONTENT_TYPE, "application/json")
        .header("x-github-event", "deployment")
        .header("x-github-delivery", delivery)
        .header(SIGNATURE_HEADER, sign(secret, &body))
        .body(body)
        .send()
        .await?;
    let after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| failure::retry_after(value.to_str().ok()?, now));
    Ok(Answered { status: response.status().as_u16(), after, body: beginning(response).await? })
}

fn client(url: &str) -> reqwest::Result<Client> {
    // An error says that one is installed already.
    drop(rustls::crypto::ring::default_provider().install_default());
    let builder = Client::builder().user_agent(concat!("boathook/", env!("CARGO_PKG_VERSION")));
    let builder = builder.redirect(redirect::Policy::none()).no_proxy().timeout(TIMEOUT);
    // Plain HTTP must work on a machine without any certificate store.
    if url.starts_with("https:") { builder } else { builder.tls_certs_only([]) }.build()
}

async fn beginning(mut response: Response) -> reqwest::Result<Vec<u8>> {
    let mut body = Vec::new();
    while body.len() < ANSWER_MAX
        && let Some(chunk) = response.chunk().await?
    {
        body.extend_from_slice(&chunk[..chunk.len().min(ANSWER_MAX - body.len())]);
    }
    Ok(body)
}

/// Text of others is cut and made printable.
fn read(status: u16, after: Option<Duration>, answer: &[u8]) -> Answer {
    let answer = serde_json::from_slice::<Value>(answer).unwrap_or_default();
    let text = |key: &str| {
        let text = answer[key].as_str()?;
        Some(failure::shorten(
            &text.chars().filter(|c| !c.is_control()).collect::<String>(),
            TEXT_MAX,
        ))
    };
    match (status, text("status_url")) {
        (200..=299, Some(status_url)) => {
            Answer::Taken { id: text("id").map(|id| DeploymentId::from_lookup(&id)), status_url }
        }
        (200..=299, None) => Answer::later(format!(
            "{status}: the answer is not boathook's; is `promotion.url` right?"
        )),
        (_, _) => Answer::to_error(
            status,
            format!(
                "{status}: {}",
                text("error").unwrap_or_else(|| "no reason was given".to_owned())
            ),
            after,
        ),
    }
}
