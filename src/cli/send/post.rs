//! Posts a signed request until it is accepted or refused, or the time is over.
//!
//! Posting again is safe: the deployment's id says that it is the same one.

use std::time::Duration;

use boathook_core::{
    deployment::{DryRunReport, SIGNATURE_HEADER, sign},
    failure,
    rate::Backoff,
};
use jiff::Timestamp;
use reqwest::{Client, RequestBuilder, Response, StatusCode, header::CONTENT_TYPE};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use crate::{
    cli::{
        CliError,
        follow::Reporter,
        http::unreached,
        send::{NoToken, Target, TokenSource},
    },
    http_client,
    sealing::PublicKey,
};

/// How long one post may take: as long as a dry run, and the way there and back.
const POST_TIMEOUT: Duration = DryRunReport::LIMIT.saturating_add(Duration::from_secs(5));
/// Pauses between two posts.
const BACKOFF: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));

/// GitHub's own signature header.
const HUB_SIGNATURE_HEADER: &str = "x-hub-signature-256";

/// Bytes of an answer that are read.
const ANSWER_MAX: usize = 4 << 20;
/// Characters that are shown of an answer that is not boathook's.
const ANSWER_SHOWN: usize = 200;

/// What boathook answered to a request that it took.
#[derive(Clone, Debug, Deserialize)]
pub struct Taken {
    /// Where the deployment can be followed.
    pub status_url: String,
    /// The status of a repeat's deployment.
    pub state: Option<String>,
    /// Why a repeat ended, if it has.
    pub reason: Option<String>,
    /// The fields of the request that boathook does not know.
    #[serde(default)]
    pub ignored: Vec<String>,
    /// All of the answer.
    #[serde(flatten)]
    pub rest: serde_json::Map<String, Value>,
}

impl Taken {
    /// Reads the answer to a request that was no dry run.
    pub fn of(answer: Value) -> Result<Self, CliError> {
        serde_json::from_value(answer).map_err(|_| foreign())
    }
}

/// One attempt's end.
enum Attempt {
    Taken(Value),
    Again { why: String, after: Option<Duration> },
}

/// Who answers a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receiver {
    Boathook,
    /// A relay, which says only whether it has the request.
    Relay,
}

impl Receiver {
    /// gosmee itself can verify GitHub's header; both mean the same to boathook.
    const fn signature_header(self) -> &'static str {
        match self {
            Self::Boathook => SIGNATURE_HEADER,
            Self::Relay => HUB_SIGNATURE_HEADER,
        }
    }
}

/// What posts a request.
pub struct Sender<'a> {
    pub client: &'a Client,
    pub target: &'a Target,
    pub receiver: Receiver,
    /// What signs; none where a token suffices.
    pub secret: Option<&'a [u8]>,
    /// For whom bodies are sealed, if they are.
    pub seal: Option<&'a PublicKey>,
    /// Where tokens come from that say who sends, if that is asked for.
    pub identity: Option<&'a TokenSource>,
    pub reporter: &'a Reporter,
}

impl Sender<'_> {
    /// Posts until there is an answer that counts; `body` makes the request for a time of day. A relay's
    /// answer is null.
    pub async fn post(
        &self,
        deadline: Instant,
        body: impl Fn() -> (Timestamp, Value),
    ) -> Result<Value, CliError> {
        let mut backoff = BACKOFF;
        let origin = self.target.webhook().origin().ascii_serialization();
        loop {
            let (now, body) = body();
            let bytes = body.to_string().into_bytes();
            let (why, after) = match self.attempt(deadline, bytes, &delivery(&body), now).await? {
                Attempt::Taken(taken) => return Ok(taken),
                Attempt::Again { why, after } => (why, after),
            };
            let wait = backoff.pause().max(after.unwrap_or_default());
            if Instant::now() + wait >= deadline {
                return Err(match self.receiver {
                    Receiver::Boathook => CliError::Unreachable { origin, why },
                    Receiver::Relay => {
                        CliError::NotReached { what: format!("the relay at {origin}"), why }
                    }
                });
            }
            self.reporter
                .note(now, &format!("{origin}: {why}; trying again in {} s", wait.as_secs()));
            tokio::time::sleep(wait).await;
        }
    }

    /// Posts once, with all that says who sends.
    async fn attempt(
        &self,
        deadline: Instant,
        body: Vec<u8>,
        delivery: &str,
        now: Timestamp,
    ) -> Result<Attempt, CliError> {
        let mut request = self.client.post(self.target.webhook().clone());
        if let Some(secret) = self.secret {
            request = request.header(self.receiver.signature_header(), sign(secret, &body));
        }
        if let Some(identity) = self.identity {
            match identity.token(&body).await {
                Ok(token) => request = request.bearer_auth(token),
                Err(NoToken::Transient(why)) => return Ok(Attempt::Again { why, after: None }),
                Err(NoToken::Refused(error)) => return Err(error),
            }
        }
        let sealed = self.seal.map(|key| key.seal(&body)).transpose();
        let (delivery, body) = match sealed.map_err(CliError::NotSealed)? {
            Some(sealed) => (hidden(&sealed), sealed.into_bytes()),
            None => (delivery.to_owned(), body),
        };
        let timeout = POST_TIMEOUT.min(deadline.saturating_duration_since(Instant::now()));
        let request = request.timeout(timeout).header("x-github-delivery", delivery).body(body);
        attempt(request, timeout, now, self.receiver).await
    }
}

/// The delivery of a sealed request, which says nothing of it.
fn hidden(sealed: &str) -> String {
    hex::encode(&Sha256::digest(sealed)[..8])
}

/// The delivery is named after the deployment, so that logs of both sides can be laid side by side.
fn delivery(body: &Value) -> String {
    let id = body["deployment_id"].as_str().unwrap_or_default();
    id.chars().map(|c| if c.is_ascii_graphic() { c } else { '-' }).collect()
}

async fn attempt(
    request: RequestBuilder,
    timeout: Duration,
    now: Timestamp,
    receiver: Receiver,
) -> Result<Attempt, CliError> {
    let request =
        request.header(CONTENT_TYPE, "application/json").header("x-github-event", "deployment");
    match request.send().await {
        Ok(response) => judge(response, now, receiver).await,
        Err(error) if error.is_builder() => Err(CliError::Refused(format!(
            "the request cannot be made: {}",
            unreached(&error, timeout)
        ))),
        Err(error) => Ok(Attempt::Again { why: unreached(&error, timeout), after: None }),
    }
}

/// The answer is not boathook's.
pub fn foreign() -> CliError {
    CliError::Refused("the answer is not boathook's; is --url right?".to_owned())
}

async fn judge(
    response: Response,
    now: Timestamp,
    receiver: Receiver,
) -> Result<Attempt, CliError> {
    let status = response.status();
    let after = http_client::retry_after(&response, now);
    let text = http_client::beginning(response, ANSWER_MAX).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let said = serde_json::from_str::<Value>(&text)
        .ok()
        .and_then(|answer| Some(answer.get("error")?.as_str()?.to_owned()));
    let said = said.unwrap_or_else(|| failure::shorten(&text, ANSWER_SHOWN));
    let why = if said.is_empty() { status.to_string() } else { format!("{status}: {said}") };
    match status {
        _ if receiver == Receiver::Relay && status.is_success() => Ok(Attempt::Taken(Value::Null)),
        _ if receiver == Receiver::Relay && status.is_redirection() => Err(CliError::Refused(
            format!("{status}, which is not followed; set --url to where the channel is"),
        )),
        StatusCode::OK | StatusCode::ACCEPTED => {
            serde_json::from_str(&text).map(Attempt::Taken).map_err(|_| foreign())
        }
        _ if failure::of_status(status.as_u16()).is_transient() => {
            Ok(Attempt::Again { why, after })
        }
        _ => Err(CliError::Refused(match receiver {
            Receiver::Boathook => why,
            Receiver::Relay => format!("{why}; is --url that of a channel?"),
        })),
    }
}
