//! Signs in as a GitHub App: a token for an installation, renewed before it ends.

use boathook_core::clock::Clock;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;

use crate::github::{
    GitHubError, GitHubRequest, Method, Transport, credential::AppCredential, limits::Limits,
};

/// GitHub's clock may be behind this one.
const BEHIND: SignedDuration = SignedDuration::from_secs(60);
/// How long the app's own token is valid; GitHub takes none of more than ten minutes.
const VALID: SignedDuration = SignedDuration::from_mins(9);
/// A token is renewed this long before it ends.
const BEFORE: SignedDuration = SignedDuration::from_mins(5);

/// An app that signs in.
pub(super) struct App {
    credential: AppCredential,
    /// Held while a token is renewed, so that this is done once.
    token: Mutex<Option<InstallationToken>>,
}

#[derive(Deserialize)]
struct InstallationToken {
    token: String,
    expires_at: Timestamp,
}

impl App {
    pub(super) fn new(credential: AppCredential) -> Self {
        Self { credential, token: Mutex::new(None) }
    }

    /// The token for the installation, a new one if there is none or it ends soon.
    pub(super) async fn token(
        &self,
        api: &str,
        transport: &dyn Transport,
        clock: &Clock,
        limits: &Limits,
    ) -> Result<String, GitHubError> {
        let mut kept = self.token.lock().await;
        let now = clock.now();
        let is_fresh = |one: &&InstallationToken| one.expires_at.duration_since(now) > BEFORE;
        if let Some(fresh) = kept.as_ref().filter(is_fresh) {
            return Ok(fresh.token.clone());
        }
        let new = self.renew(api, transport, now, limits).await?;
        Ok(kept.insert(new).token.clone())
    }

    /// Forgets the token, which GitHub does not take any more.
    pub(super) async fn forget(&self) {
        *self.token.lock().await = None;
    }

    async fn renew(
        &self,
        api: &str,
        transport: &dyn Transport,
        now: Timestamp,
        limits: &Limits,
    ) -> Result<InstallationToken, GitHubError> {
        let AppCredential { id, installation, key, .. } = &self.credential;
        let issued = now.saturating_add(-BEHIND).unwrap_or(now).as_second();
        let expires = now.saturating_add(VALID).unwrap_or(now).as_second();
        let claims = json!({"iat": issued, "exp": expires, "iss": id.to_string()});
        let signed = key.sign(&claims).map_err(GitHubError::App)?;
        let path = format!("/app/installations/{installation}/access_tokens");
        let response = transport
            .send(GitHubRequest {
                method: Method::Post,
                url: format!("{api}{path}"),
                authorization: format!("Bearer {signed}"),
                etag: None,
                body: Some("{}".to_owned()),
            })
            .await?;
        if let Some(wait) = limits.learn(&response, now) {
            return Err(GitHubError::Limited(wait));
        }
        match response.status {
            201 => serde_json::from_slice(&response.body).map_err(GitHubError::Unreadable),
            _ => Err(GitHubError::of(&response, "installation of the GitHub App")),
        }
    }
}
