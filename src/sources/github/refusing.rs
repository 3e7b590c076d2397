//! A deployment that is refused: the audit log has it, and GitHub shows it.

use std::time::Duration;

use boathook_core::{deployment::error_chain, record::RequestSource};
use serde_json::json;
use tokio::time::sleep;
use tracing::{info, warn};

use crate::{
    github::GitHub,
    intake::{
        Admission, Declined,
        github::{Deployment, Watched},
    },
    observers::audit::{Refused, Whose},
    sources::github::GitHubSource,
};

/// Characters that GitHub keeps of a description.
const DESCRIPTION_MAX: usize = 140;
/// Characters of a reason in the audit log.
const REASON_MAX: usize = 500;
/// Pauses before the same status is sent again.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];

/// Why a deployment is refused for good.
pub(super) struct FinalRefusal {
    status: u16,
    signed_by: Option<String>,
    /// For the maker of the deployment.
    public: String,
    /// For operators.
    reason: String,
}

impl FinalRefusal {
    pub(super) fn of(declined: Declined) -> Self {
        let Declined { refusal, signed_by } = declined;
        Self {
            status: refusal.status_code(),
            signed_by,
            public: refusal.to_string(),
            reason: refusal.for_operators(),
        }
    }

    /// The report of a dry run has nowhere to go.
    pub(super) fn dry_run() -> Self {
        let reason = "dry runs are answered over HTTP only; send it to the listener".to_owned();
        Self { status: 422, signed_by: None, public: reason.clone(), reason }
    }
}

/// Writes a refusal to the audit log and to boathook's own, within their limits.
pub(super) fn note(
    source: &GitHubSource,
    admission: &Admission,
    watched: &Watched,
    deployment: &Deployment,
    refusal: &FinalRefusal,
) {
    let FinalRefusal { status, signed_by, public: _, reason } = refusal;
    let whose = if signed_by.is_some() { Whose::Authenticated } else { Whose::Unauthenticated };
    source.refusals.note(whose, *status, || {
        let reason: String = admission.redactor.text(reason).chars().take(REASON_MAX).collect();
        let repository = &watched.repository;
        info!(
            github.repository = %repository,
            "Refused deployment {} of {repository} on GitHub: {reason}", deployment.id
        );
        Refused {
            at: source.clock.now(),
            source: RequestSource::GitHub {
                repository: repository.clone(),
                deployment: deployment.id,
            },
            client: None,
            signed_by: signed_by.clone(),
            operator: None,
            method: "GET".to_owned(),
            path: deployment.path(repository),
            delivery: Some(deployment.id.to_string()),
            status: *status,
            reason,
        }
    });
}

/// Gives the deployment the status `error` on GitHub. It is tried a few times: a status that GitHub
/// does not take must not keep later deployments waiting.
pub(super) async fn report(
    github: &GitHub,
    watched: &Watched,
    deployment: &Deployment,
    refusal: &FinalRefusal,
) {
    let path = format!("{}/statuses", deployment.path(&watched.repository));
    let description: String = refusal.public.chars().take(DESCRIPTION_MAX).collect();
    let body = json!({"state": "error", "description": description});
    let mut pauses = PAUSES.into_iter();
    while let Err(error) = github.post(&path, &body).await {
        match pauses.next().filter(|_| error.is_retryable()) {
            Some(pause) => sleep(error.wait().unwrap_or(pause)).await,
            None => {
                warn!(
                    github.repository = %watched.repository,
                    cause = error_chain(&error),
                    "Failed to show on GitHub that deployment {} was refused", deployment.id
                );
                return;
            }
        }
    }
}
