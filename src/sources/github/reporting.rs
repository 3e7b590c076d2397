//! GitHub shows which deployments were refused. It is reported apart from taking, so that a status which
//! GitHub does not take keeps no later deployment waiting.

use std::time::Duration;

use boathook_core::deployment::{Repository, error_chain};
use serde_json::json;
use tokio::{sync::mpsc, time::sleep};
use tracing::warn;

use crate::github::{GitHub, GitHubError};

/// Reports that may wait for GitHub; further ones are dropped.
const WAITING_MAX: usize = 100;
/// Pauses before the same status is sent again.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];

/// What GitHub is to show of a refused deployment.
pub(super) struct Report {
    pub deployment: u64,
    /// Of its statuses, in GitHub's API.
    pub path: String,
    pub description: String,
}

/// Hands reports on, without waiting.
pub(super) struct Reports {
    repository: Repository,
    waiting: mpsc::Sender<Report>,
}

impl Reports {
    /// Those of a repository, and what is to be given to [`tell`].
    pub(super) fn of(repository: Repository) -> (Self, mpsc::Receiver<Report>) {
        let (waiting, reports) = mpsc::channel(WAITING_MAX);
        (Self { repository, waiting }, reports)
    }

    /// Has a report sent, unless too many wait already.
    pub(super) fn add(&self, report: Report) {
        if let Err(refused) = self.waiting.try_send(report) {
            let deployment = refused.into_inner().deployment;
            warn!(
                github.repository = %self.repository,
                "Too many reports wait for GitHub; it does not show that deployment {deployment} was refused"
            );
        }
    }
}

/// Sends what is reported, one after another, until nothing can be reported any more.
pub(super) async fn send_all(
    github: &GitHub,
    repository: &Repository,
    mut reports: mpsc::Receiver<Report>,
) {
    while let Some(report) = reports.recv().await {
        if let Err(error) = send(github, &report).await {
            warn!(
                github.repository = %repository,
                cause = error_chain(&error),
                "Failed to show on GitHub that deployment {} was refused", report.deployment
            );
        }
    }
}

/// Gives a deployment the status `error`; tries a few times, and waits where GitHub asks for it.
async fn send(github: &GitHub, report: &Report) -> Result<(), GitHubError> {
    let body = json!({"state": "error", "description": report.description});
    let mut pauses = PAUSES.into_iter();
    loop {
        let error = match github.post(&report.path, &body).await {
            Ok(_) => return Ok(()),
            Err(error) => error,
        };
        match pauses.next().filter(|_| error.is_retryable()) {
            Some(pause) => sleep(error.wait().unwrap_or(pause)).await,
            None => return Err(error),
        }
    }
}
