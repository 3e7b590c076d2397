//! Asks a registry whether it lets anyone pull an image, as a client without a login asks it.
//! Nothing is pulled: the last question is a HEAD, which no registry counts as a pull.

use std::time::Duration;

use reqwest::{
    Client, Response, StatusCode, Url,
    header::{ACCEPT, WWW_AUTHENTICATE},
};
use tokio::time::timeout;

use crate::{
    http_client,
    registries::{Challenge, TOKEN_MAX, challenge, host_of, scheme_of, token_in},
};

/// How long one registry may take for all answers.
const DEADLINE: Duration = Duration::from_secs(8);
/// The kinds of manifests of an image.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
                         application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";

/// An image as registries know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked<'a> {
    pub(super) registry: &'a str,
    pub(super) repository: &'a str,
    /// A tag or a digest.
    pub(super) reference: &'a str,
}

/// Whether the registry asks for a login before it gives an image; none if it does not say, or not
/// in time.
pub(super) async fn wants_login(asked: &Asked<'_>) -> Option<bool> {
    timeout(DEADLINE, ask(asked)).await.ok()?.ok()?
}

async fn ask(asked: &Asked<'_>) -> reqwest::Result<Option<bool>> {
    let Asked { registry, repository, reference } = asked;
    let base = format!("{}://{}/v2/", scheme_of(registry), host_of(registry));
    let client = http_client::direct(&base).timeout(DEADLINE).build()?;
    let first = client.get(&base).send().await?;
    match first.status() {
        StatusCode::OK => return Ok(Some(false)),
        StatusCode::UNAUTHORIZED => {}
        _ => return Ok(None),
    }
    let url = match wanted(&first, &base, repository) {
        Some(Challenge::Token(url)) => url,
        Some(Challenge::Password) => return Ok(Some(true)),
        None => return Ok(None),
    };
    let token = match token(&client, url).await? {
        Ok(token) => token,
        Err(status) => return Ok(is_refusal(status).then_some(true)),
    };
    let manifest = format!("{base}{repository}/manifests/{reference}");
    let answer = client.head(manifest).bearer_auth(token).header(ACCEPT, MANIFESTS).send().await?;
    Ok(Some(is_refusal(answer.status())))
}

const fn is_refusal(status: StatusCode) -> bool {
    matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}

/// None if nothing here could be asked for a token, and a password would not do either. A token is
/// asked for over TLS only, or in plain HTTP of a registry that speaks that.
fn wanted(answer: &Response, base: &str, repository: &str) -> Option<Challenge> {
    let headers = answer.headers().get_all(WWW_AUTHENTICATE);
    let texts = headers.iter().filter_map(|header| header.to_str().ok());
    let may_be_plain = base.starts_with("http:");
    challenge(texts, repository).filter(|wanted| match wanted {
        Challenge::Token(url) => {
            url.scheme() == "https" || (may_be_plain && url.scheme() == "http")
        }
        Challenge::Password => true,
    })
}

/// A token of nobody's, or the status of its refusal.
async fn token(client: &Client, url: Url) -> reqwest::Result<Result<String, StatusCode>> {
    let answer = client.get(url).send().await?;
    let status = answer.status();
    let body = http_client::beginning(answer, TOKEN_MAX).await?;
    Ok(token_in(&body).filter(|_| status.is_success()).ok_or(status))
}
