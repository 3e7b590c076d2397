//! Asks GitHub.

use std::sync::Arc;

use boathook_core::{clock::Clock, deployment::Repository};
use serde_json::Value;

use crate::github::{
    Credential, GitHubAnswer, GitHubError, GitHubRequest, GitHubResponse, Method, Page, RateLimit,
    Transport,
    app::App,
    limits::Limits,
    path::{self, Renamed},
};

/// GitHub, as one credential sees it. Clones share what is known of its limits.
#[derive(Clone)]
pub struct GitHub {
    shared: Arc<Shared>,
}

struct Shared {
    /// The API's address, without a `/` at the end.
    api: String,
    signing_in: SigningIn,
    transport: Arc<dyn Transport>,
    clock: Clock,
    limits: Limits,
    renamed: Renamed,
}

enum SigningIn {
    Token(String),
    App(App),
}

impl GitHub {
    #[must_use]
    pub fn new(
        api: String,
        credential: Credential,
        transport: Arc<dyn Transport>,
        clock: Clock,
    ) -> Self {
        let signing_in = match credential {
            Credential::Token(token) => SigningIn::Token(token),
            Credential::App(app) => SigningIn::App(App::new(app)),
        };
        let limits = Limits::default();
        let renamed = Renamed::default();
        let shared = Shared { api, signing_in, transport, clock, limits, renamed };
        Self { shared: Arc::new(shared) }
    }

    /// The path of something of a repository; `rest` begins with a `/`, or is empty.
    #[must_use]
    pub fn path(repository: &Repository, rest: &str) -> String {
        format!("/repos/{repository}{rest}")
    }

    /// Reads what is at a path. With the tag of a state that is known, only what has changed since.
    pub async fn get(&self, path: &str, etag: Option<&str>) -> Result<GitHubAnswer, GitHubError> {
        let response = self.ask(Method::Get, path, etag, None).await?;
        if response.status == 304 {
            return Ok(GitHubAnswer::NotModified);
        }
        let next = response.header("link").and_then(|link| path::next(&self.shared.api, link));
        Ok(GitHubAnswer::Page(Page {
            body: read(&response)?,
            etag: response.header("etag").map(str::to_owned),
            next,
        }))
    }

    /// Creates something below a path, and returns it.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, GitHubError> {
        read(&self.ask(Method::Post, path, None, Some(body)).await?)
    }

    /// What GitHub said last about how many requests it grants.
    #[must_use]
    pub fn rate_limit(&self) -> RateLimit {
        self.shared.limits.reported()
    }

    /// Asks once, and once more where a repository was renamed.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        etag: Option<&str>,
        body: Option<&Value>,
    ) -> Result<GitHubResponse, GitHubError> {
        let Shared { api, renamed, .. } = &*self.shared;
        let at = renamed.resolve(path);
        let response = self.send(method, &at, etag, body).await?;
        match response.status {
            301 | 302 | 307 | 308 => {}
            404 => {
                renamed.forget(path);
                return accepted(response, path);
            }
            _ => return accepted(response, path),
        }
        let to = response.header("location").and_then(|url| path::below(api, url));
        let to = to.ok_or(GitHubError::Redirected)?;
        if matches!(response.status, 301 | 308) {
            renamed.remember(path, &to);
        }
        accepted(self.send(method, &to, etag, body).await?, path)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        etag: Option<&str>,
        body: Option<&Value>,
    ) -> Result<GitHubResponse, GitHubError> {
        let Shared { api, signing_in, transport, clock, limits, .. } = &*self.shared;
        if let Some(wait) = limits.closed_for() {
            return Err(GitHubError::Limited(wait));
        }
        let request = GitHubRequest {
            method,
            url: format!("{api}{path}"),
            authorization: self.authorization().await?,
            etag: etag.map(str::to_owned),
            body: body.map(Value::to_string),
        };
        let response = transport.send(request).await?;
        if let (401, SigningIn::App(app)) = (response.status, signing_in) {
            app.forget().await;
        }
        match limits.learn(&response, clock.now()) {
            Some(wait) => Err(GitHubError::Limited(wait)),
            None => Ok(response),
        }
    }

    async fn authorization(&self) -> Result<String, GitHubError> {
        let Shared { api, signing_in, transport, clock, limits, .. } = &*self.shared;
        match signing_in {
            SigningIn::Token(token) => Ok(format!("Bearer {token}")),
            SigningIn::App(app) => {
                Ok(format!("Bearer {}", app.token(api, &**transport, clock, limits).await?))
            }
        }
    }
}

fn accepted(response: GitHubResponse, path: &str) -> Result<GitHubResponse, GitHubError> {
    match response.status {
        200..=299 | 304 => Ok(response),
        301 | 302 | 307 | 308 => Err(GitHubError::Redirected),
        _ => Err(GitHubError::of(&response, path.split('?').next().unwrap_or(path))),
    }
}

fn read(response: &GitHubResponse) -> Result<Value, GitHubError> {
    serde_json::from_slice(&response.body).map_err(GitHubError::Unreadable)
}
