//! Makes a deployment on GitHub that carries the request, until GitHub answers or the time is over.
//!
//! Trying again is safe: what was made without an answer is found by its signature, and the
//! deployment's id says that it is the same one.

use boathook_core::deployment::{error_chain, sign};
use jiff::Timestamp;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout_at};

use crate::{
    cli::{
        CliError,
        follow::Reporter,
        send::{GITHUB_BACKOFF, OnGitHub, refused_by_github},
    },
    github::GitHubError,
    sealing::PublicKey,
};

/// What makes deployments on GitHub.
pub struct Creator<'a> {
    pub on_github: &'a OnGitHub,
    pub secret: &'a [u8],
    /// For whom bodies are sealed, if they are.
    pub seal: Option<&'a PublicKey>,
    pub description: String,
    pub reporter: &'a Reporter,
}

impl Creator<'_> {
    /// The number of the deployment that carries the request; `body` makes that for a time of day, so
    /// that it is never old.
    pub async fn create(
        &self,
        deadline: Instant,
        body: impl Fn() -> (Timestamp, Value),
    ) -> Result<u64, CliError> {
        let mut backoff = GITHUB_BACKOFF;
        let mut tried = Vec::new();
        loop {
            let (now, body) = body();
            let attempt = timeout_at(deadline, self.attempt(&body.to_string(), &mut tried)).await;
            let unreachable = |why| CliError::NotReached { what: "GitHub".to_owned(), why };
            let error = match attempt {
                Ok(Ok(number)) => return Ok(number),
                Ok(Err(AttemptError::Seal(error))) => return Err(error),
                Ok(Err(AttemptError::GitHub(error))) => error,
                Err(_) => return Err(unreachable("no answer before the deadline".to_owned())),
            };
            if !error.is_retryable() {
                return Err(refused_by_github(&error));
            }
            let why = error_chain(&error).to_string();
            let wait = backoff.pause().max(error.wait().unwrap_or_default());
            if Instant::now() + wait >= deadline {
                return Err(unreachable(why));
            }
            self.reporter.note(now, &format!("{why}; trying again in {} s", wait.as_secs()));
            sleep(wait).await;
        }
    }

    async fn attempt(&self, body: &str, tried: &mut Vec<String>) -> Result<u64, AttemptError> {
        if !tried.is_empty()
            && let Some(number) = self.on_github.carrying(tried).await?
        {
            return Ok(number);
        }
        let signature = sign(self.secret, body.as_bytes());
        tried.push(signature.clone());
        let sealed = self.seal.map(|key| key.seal(body.as_bytes())).transpose();
        let sealed = sealed.map_err(|error| AttemptError::Seal(CliError::NotSealed(error)))?;
        let body = sealed.as_deref().unwrap_or(body);
        Ok(self.on_github.create(body, &signature, &self.description).await?)
    }
}

/// Why one attempt came to nothing.
enum AttemptError {
    GitHub(GitHubError),
    Seal(CliError),
}

impl From<GitHubError> for AttemptError {
    fn from(error: GitHubError) -> Self {
        Self::GitHub(error)
    }
}
