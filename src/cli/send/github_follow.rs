//! Follows a deployment on GitHub by its statuses.

use std::{collections::HashSet, time::Duration};

use boathook_core::{
    deployment::{ExternalId, error_chain},
    rate::Backoff,
};
use jiff::Timestamp;
use tokio::time::{Instant, sleep, timeout_at};

use crate::{
    cli::{
        CliError,
        follow::Reporter,
        send::{GitHubStatus, Listed, MadeDeployment, OnGitHub},
    },
    github::GitHubError,
};

/// From one look to the next.
const POLL: Duration = Duration::from_secs(5);
/// The pauses after requests to GitHub that failed.
pub const GITHUB_BACKOFF: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));
/// The states after which boathook says nothing more.
const ENDS: [&str; 4] = ["success", "failure", "error", "inactive"];

/// Follows a deployment on GitHub.
pub struct GitHubFollow<'a, N> {
    pub on_github: &'a OnGitHub,
    pub reporter: &'a Reporter,
    pub deadline: Instant,
    /// The current time, for lines about this program.
    pub now: N,
}

impl<N: Fn() -> Timestamp> GitHubFollow<'_, N> {
    /// The deployment that boathook makes for a request; none if there is none by the deadline.
    pub async fn made_for(
        &self,
        service: &str,
        id: &ExternalId,
    ) -> Result<Option<MadeDeployment>, CliError> {
        let mut tag = None;
        loop {
            let on_github = self.on_github;
            let answer = self.ask(|| on_github.made_for(service, id, tag.as_deref())).await?;
            if let Some(Listed { found, etag }) = answer {
                if found.is_some() {
                    return Ok(found);
                }
                tag = etag;
            }
            if !self.rest(POLL).await {
                return Ok(None);
            }
        }
    }

    /// The last status of a deployment: its end, or what there was at the deadline; none if there was
    /// none.
    pub async fn to_the_end(&self, number: u64) -> Result<Option<GitHubStatus>, CliError> {
        let mut last = None;
        let mut said = HashSet::new();
        let mut tag = None;
        loop {
            let answer = self.ask(|| self.on_github.statuses(number, tag.as_deref())).await?;
            let (statuses, etag) = answer.flatten().unwrap_or_else(|| (Vec::new(), tag.clone()));
            tag = etag;
            for status in statuses.into_iter().rev() {
                if !said.insert(status.id) {
                    continue;
                }
                self.reporter.note(status.created_at, &status.line());
                let is_end = status.is_end();
                last = Some(status);
                if is_end {
                    return Ok(last);
                }
            }
            if !self.rest(POLL).await {
                return Ok(last);
            }
        }
    }

    /// Asks GitHub until it answers; none if it did not by the deadline.
    async fn ask<T, F>(&self, ask: impl Fn() -> F) -> Result<Option<T>, CliError>
    where
        F: Future<Output = Result<T, GitHubError>>,
    {
        let mut backoff = GITHUB_BACKOFF;
        loop {
            let error = match timeout_at(self.deadline, ask()).await {
                Ok(Ok(answer)) => return Ok(Some(answer)),
                Ok(Err(error)) if error.is_retryable() => error,
                Ok(Err(error)) => return Err(refused_by_github(&error)),
                Err(_) => return Ok(None),
            };
            let wait = backoff.pause().max(error.wait().unwrap_or_default());
            if backoff.failures() == 1 {
                let why = error_chain(&error);
                self.reporter.note((self.now)(), &format!("{why}; trying again"));
            }
            if !self.rest(wait).await {
                return Ok(None);
            }
        }
    }

    /// Waits; false if the deadline comes first.
    async fn rest(&self, wait: Duration) -> bool {
        timeout_at(self.deadline, sleep(wait)).await.is_ok()
    }
}

impl GitHubStatus {
    /// Whether boathook says nothing more after it.
    pub fn is_end(&self) -> bool {
        ENDS.contains(&self.state.as_str())
    }

    fn line(&self) -> String {
        let state = self.state.replace('_', " ");
        match self.description.as_str() {
            "" => state,
            description => format!("{state}: {description}"),
        }
    }
}

/// What a sender can do about an answer that will be the same next time.
pub fn refused_by_github(error: &GitHubError) -> CliError {
    CliError::Refused(match error {
        GitHubError::Unauthorized => {
            "GitHub does not know the token (401); it may have expired".to_owned()
        }
        GitHubError::Forbidden(_) | GitHubError::NotFound(_) => format!(
            "{}; in GitHub Actions the job needs `permissions: {{deployments: write}}`, or `read` to follow only",
            error_chain(error)
        ),
        _ => error_chain(error).to_string(),
    })
}
