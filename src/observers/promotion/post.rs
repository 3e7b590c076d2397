//! Posts a request to another boathook, once.

use std::time::Duration;

use boathook_core::{
    deployment::{DeploymentId, SIGNATURE_HEADER, error_chain, is_unprintable, sign},
    failure,
    record::{Reason, UNDISCLOSED},
};
use jiff::Timestamp;
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;

use crate::{
    http_client,
    observers::promotion::{PromotionAnswer, PromotionRequest},
};

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
pub async fn post(
    url: &str,
    secret: &[u8],
    request: &PromotionRequest,
    now: Timestamp,
) -> PromotionAnswer {
    match exchange(url, secret, request, now).await {
        Ok(Answered { status, after, body }) => read(status, after, &body),
        Err(error) => PromotionAnswer::later(error_chain(&error.without_url())),
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
    let response = http_client::direct(url)
        .timeout(TIMEOUT)
        .build()?
        .post(format!("{url}/webhook/deploy/{}", request.to))
        .header(CONTENT_TYPE, "application/json")
        .header("x-github-event", "deployment")
        .header("x-github-delivery", delivery)
        .header(SIGNATURE_HEADER, sign(secret, &body))
        .body(body)
        .send()
        .await?;
    let after = http_client::retry_after(&response, now);
    let status = response.status().as_u16();
    Ok(Answered { status, after, body: http_client::beginning(response, ANSWER_MAX).await? })
}

/// Text of others is cut and made printable.
fn read(status: u16, after: Option<Duration>, answer: &[u8]) -> PromotionAnswer {
    let answer = serde_json::from_slice::<Value>(answer).unwrap_or_default();
    let text = |key: &str| {
        let text = answer[key].as_str()?;
        Some(failure::shorten(
            &text.chars().filter(|c| !is_unprintable(*c)).collect::<String>(),
            TEXT_MAX,
        ))
    };
    match (status, text("status_url")) {
        (200..=299, Some(status_url)) => PromotionAnswer::Taken {
            id: text("id").map(|id| DeploymentId::from_lookup(&id)),
            status_url,
        },
        (200..=299, None) => PromotionAnswer::later(format!(
            "{status}: the answer is not boathook's; is `promotion.url` right?"
        )),
        (_, _) => {
            let reason = text("error").unwrap_or_else(|| "no reason was given".to_owned());
            let public = format!("{status}: {UNDISCLOSED}");
            let reason = Reason::private(format!("{status}: {reason}"), public);
            // A lock (423) ends some time; the rest is as for every sender.
            if status == 423 || failure::of_status(status).is_transient() {
                PromotionAnswer::Later { reason, after }
            } else {
                PromotionAnswer::Refused(reason)
            }
        }
    }
}
