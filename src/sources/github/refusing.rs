//! A deployment that is refused: the audit log has it, and GitHub shows it.

use boathook_core::{
    deployment::{Repository, RequestOutcome},
    record::RequestSource,
};
use tracing::info;

use crate::{
    intake::{Admission, Declined, github::Deployment, takers::Watched},
    observers::{
        audit::{Refused, Whose},
        github::description,
    },
    sources::github::{GitHubSource, reporting::Report},
};

/// Characters of a reason in the audit log.
const REASON_MAX: usize = 500;

/// Why a deployment is refused for good.
pub(super) struct FinalRefusal {
    status: u16,
    became: RequestOutcome,
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
            became: refusal.outcome(),
            signed_by,
            public: refusal.for_everyone(),
            reason: refusal.for_operators(),
        }
    }

    /// The report of a dry run has nowhere to go.
    pub(super) fn dry_run() -> Self {
        let reason = "dry runs are answered over HTTP only; send it to the listener".to_owned();
        let became = RequestOutcome::Malformed;
        Self { status: 422, became, signed_by: None, public: reason.clone(), reason }
    }

    /// What GitHub shows of it to everyone who may read the repository.
    pub(super) fn report(
        &self,
        admission: &Admission,
        repository: &Repository,
        deployment: &Deployment,
    ) -> Report {
        Report {
            deployment: deployment.id,
            path: format!("{}/statuses", deployment.path(repository)),
            description: description(&admission.redactor.text(&self.public)),
        }
    }
}

/// Counts a refusal, and writes it to the audit log and to boathook's own, within their limits.
pub(super) fn note(
    source: &GitHubSource,
    admission: &Admission,
    watched: &Watched,
    deployment: &Deployment,
    refusal: &FinalRefusal,
) {
    let FinalRefusal { status, became, signed_by, public: _, reason } = refusal;
    source.polls.record_deployment(*became);
    let whose = if signed_by.is_some() { Whose::Authenticated } else { Whose::Unauthenticated };
    source.refusals.note(whose, *status, || {
        let reason = admission.redactor.beginning(reason, REASON_MAX);
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
            // A deployment on GitHub carries no token.
            identity: None,
            operator: None,
            method: "GET".to_owned(),
            path: deployment.path(repository),
            delivery: Some(deployment.id.to_string()),
            status: *status,
            reason,
        }
    });
}
