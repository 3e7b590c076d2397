//! Carries requests over HTTP, through the proxies that this process's environment names.

use std::time::Duration;

use futures_util::{FutureExt, future::BoxFuture};
use reqwest::{
    Response,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, IF_NONE_MATCH},
};
use tokio::time::timeout;

use crate::{
    github::{GitHubRequest, GitHubResponse, Method, Transport, Unreachable},
    http_client::{self, KeptClient},
};

/// How long a request may take, with its answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of an answer; a page of thirty deployments has half a megabyte for each.
const ANSWER_MAX: usize = 16 * 1024 * 1024;
const VERSION: HeaderName = HeaderName::from_static("x-github-api-version");

/// Keeps a connection to GitHub between requests.
#[derive(Debug, Default)]
pub struct HttpTransport(KeptClient);

impl HttpTransport {
    async fn exchange(&self, request: GitHubRequest) -> Result<GitHubResponse, Unreachable> {
        let GitHubRequest { method, url, authorization, etag, body } = request;
        let client = self.0.get_or_make(|| http_client::through_proxies(&url)).map_err(failed)?;
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
            timeout(PATIENCE, self.exchange(request))
                .await
                .unwrap_or(Err(Unreachable::TimedOut(PATIENCE)))
        }
        .boxed()
    }
}

async fn read(response: Response) -> Result<GitHubResponse, Unreachable> {
    let status = response.status().as_u16();
    let headers = http_client::text_headers(&response);
    let body = http_client::beginning(response, ANSWER_MAX + 1).await.map_err(failed)?;
    if body.len() > ANSWER_MAX {
        return Err(Unreachable::TooLarge(ANSWER_MAX));
    }
    Ok(GitHubResponse { status, headers, body })
}

fn failed(error: reqwest::Error) -> Unreachable {
    Unreachable::Failed(error.without_url().into())
}
