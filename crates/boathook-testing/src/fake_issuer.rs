//! An issuer of identity tokens, as GitHub's and GitLab's are: it publishes keys, exchanges them,
//! and counts who reads them.

use std::{
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use boathook::identity::{Fetch, FetchError};
use futures_util::FutureExt as _;
use jiff::Timestamp;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::time::sleep;

use crate::{
    delivery::NOW,
    token_key::{RSA_PKCS1, TokenKey},
};

/// How the issuer answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Answers,
    /// With 503.
    Away,
    /// After two seconds.
    Slow,
    /// Takes the request, and says nothing.
    Silent,
    /// With the discovery document of someone else.
    Another,
}

/// An issuer.
pub struct FakeIssuer {
    pub url: String,
    state: Mutex<State>,
}

struct State {
    keys: Vec<Arc<TokenKey>>,
    mood: Mood,
    /// The paths that were read.
    read: Vec<String>,
}

impl FakeIssuer {
    /// An issuer with one RSA key.
    pub fn new(url: &str) -> Arc<Self> {
        let keys = vec![Arc::new(TokenKey::rsa("first", RSA_PKCS1))];
        let state = State { keys, mood: Mood::Answers, read: Vec::new() };
        Arc::new(Self { url: url.to_owned(), state: Mutex::new(state) })
    }

    /// Publishes these keys, and signs with the last.
    pub fn rotate(&self, keys: Vec<TokenKey>) {
        self.state.lock().unwrap().keys = keys.into_iter().map(Arc::new).collect();
    }

    pub fn set(&self, mood: Mood) {
        self.state.lock().unwrap().mood = mood;
    }

    /// How often its keys were asked for.
    pub fn fetches(&self) -> usize {
        let state = self.state.lock().unwrap();
        let asked = |path: &&String| path.ends_with("openid-configuration");
        state.read.iter().filter(asked).count()
    }

    /// The key that it signs with now.
    pub fn key(&self) -> Arc<TokenKey> {
        Arc::clone(self.state.lock().unwrap().keys.last().unwrap())
    }

    /// A token with these claims.
    pub fn token(&self, claims: &Value) -> String {
        self.key().token(claims)
    }

    /// What GitHub says of a job, for five minutes from the time at which a harness begins; with
    /// some claims set, and without those that are null.
    pub fn claims(&self, audience: &str, change: &Value) -> Value {
        let now = NOW.parse::<Timestamp>().unwrap().as_second();
        let mut claims = json!({
            "iss": self.url,
            "aud": audience,
            "sub": "repo:acme/game:environment:production",
            "jti": "8f1c5a52-6f0e-4c3a-9f7c-0f5f2f5d9a11",
            "iat": now,
            "nbf": now - 5,
            "exp": now + 300,
            "repository": "acme/game",
            "repository_id": "74",
            "repository_owner": "acme",
            "ref": "refs/heads/main",
            "environment": "production",
            "workflow_ref": "acme/game/.github/workflows/deploy.yml@refs/heads/main",
            "sha": "4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d",
            "run_id": "77",
            "run_attempt": "1",
            "actor": "jane",
            "event_name": "push",
        });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        claims
    }

    /// What answers in this process.
    pub fn fetch(self: &Arc<Self>) -> Fetch {
        let issuer = Arc::clone(self);
        Arc::new(move |url| {
            let issuer = Arc::clone(&issuer);
            async move { issuer.answer(&url).await.map(String::into_bytes) }.boxed()
        })
    }

    /// What it answers to a request for a document.
    pub async fn answer(&self, url: &str) -> Result<String, FetchError> {
        let (mood, keys) = {
            let mut state = self.state.lock().unwrap();
            state.read.push(url.to_owned());
            let keys = state.keys.iter().map(|key| key.jwk()).collect::<Vec<_>>();
            (state.mood, keys)
        };
        let issuer = match mood {
            Mood::Answers => &self.url,
            Mood::Slow => {
                sleep(Duration::from_secs(2)).await;
                &self.url
            }
            Mood::Away => return Err(FetchError::Status(StatusCode::SERVICE_UNAVAILABLE)),
            Mood::Silent => pending().await,
            Mood::Another => "https://elsewhere.example",
        };
        let document = if url.ends_with("/.well-known/openid-configuration") {
            json!({"issuer": issuer, "jwks_uri": format!("{}/keys", self.url)})
        } else {
            json!({"keys": keys})
        };
        Ok(document.to_string())
    }
}

/// The audience of a token for boathook and a body, as a sender asks for it.
pub fn audience_for(body: &[u8]) -> String {
    format!("{AUDIENCE}?sha256={}", hex::encode(Sha256::digest(body)))
}

/// How tokens name boathook.
pub const AUDIENCE: &str = "https://hooks.example.com";
