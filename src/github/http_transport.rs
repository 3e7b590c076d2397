//! Carries requests over HTTP, through the proxies that this process's environment names.

use std::{
    error::Error,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use reqwest::{
    Client, Response,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, IF_NONE_MATCH},
};
use tokio::time::timeout;

use crate::{
    github::{GitHubRequest, GitHubResponse, Method, Transport, Unreachable},
    http_client,
};

/// How long a request may take, with its answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of an answer; a page of thirty deployments has half a megabyte for each.
const ANSWER_MAX: usize = 16 * 1024 * 1024;
const VERSION: HeaderName = HeaderName::from_static("x-github-api-version");

/// Keeps a connection to GitHub between requests.
#[derive(Debug, Default)]
pub struct HttpTransport(Mutex<Option<Client>>);

impl HttpTransport {
    /// A client is made when it is first needed: it reads the machine's certificates.
    fn client(&self, url: &str) -> reqwest::Result<Client> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &*kept {
            return Ok(client.clone());
        }
        let client = http_client::through_proxies(url).build()?;
        Ok(kept.insert(client).clone())
    }

    async fn carry(&self, request: GitHubRequest) -> Result<GitHubResponse, Unreachable> {
        let GitHubRequest { method, url, authorization, etag, body } = request;
        let client = self.client(&url).map_err(failed)?;
        let mut request = match method {
            Method::Get => client.get(url),
            Method::Post => client.post(url),
        }
        .header(ACCEPT, "application/vnd.github+json")
        .header(VERSION, "2022-11-28")
        .header(AUTHORIZATION, authorization);
        if let Some(etag) = etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        read(request.send().await.map_err(failed)?).await
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: GitHubRequest) -> BoxFuture<'_, Result<GitHubResponse, Unreachable>> {
        async move {
            timeout(PATIENCE, self.carry(request))
                .await
                .unwrap_or(Err(Unreachable::TimedOut(PATIENCE)))
        }
        .boxed()
    }
}

async fn read(response: Response) -> Result<GitHubResponse, Unreachable> {
    let status = response.status().as_u16();
    let text = |(name, value): (&HeaderName, &reqwest::header::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    let headers = response.headers().iter().filter_map(text).collect();
    let body = http_client::beginning(response, ANSWER_MAX + 1).await.map_err(failed)?;
    if body.len() > ANSWER_MAX {
        return Err(Unreachable::TooLarge(ANSWER_MAX));
    }
    Ok(GitHubResponse { status, headers, body })
}

fn failed(error: reqwest::Error) -> Unreachable {
    let error: Box<dyn Error + Send + Sync> = error.without_url().into();
    Unreachable::Failed(error)
}
