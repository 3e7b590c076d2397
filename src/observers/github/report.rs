//! What is still to be reported to GitHub of one deployment: its newest status, which has overtaken those
//! before it.

use std::sync::Arc;

use boathook_core::{
    deployment::DeploymentId,
    record::{Acceptance, Record},
    state::{Deployment, State},
};

use crate::observers::github::github_status::GitHubStatus;

/// The newest status of a deployment.
#[derive(Clone, Debug)]
pub(super) struct Report {
    pub(super) id: DeploymentId,
    pub(super) acceptance: Arc<Acceptance>,
    /// The sequence of the acceptance, which orders deployments.
    pub(super) accepted_seq: u64,
    /// The first record that was not reported.
    pub(super) first: u64,
    pub(super) status: GitHubStatus,
    /// Where users reach the service, once that is known.
    pub(super) service_url: Option<String>,
    /// Whether nothing follows but that something else serves.
    pub(super) is_last: bool,
    /// Whether it is worth a deployment on GitHub where there is none.
    pub(super) may_create: bool,
}

impl Report {
    /// Of the record's own deployment.
    pub(super) fn of(record: &Record, deployment: &Deployment, status: GitHubStatus) -> Self {
        Self {
            may_create: true,
            ..Self::about(&record.deployment, record.sequence, deployment, status)
        }
    }

    /// Of a success that serves no longer. If GitHub has never heard of it, nothing is missing there.
    pub(super) fn about(
        id: &DeploymentId,
        sequence: u64,
        deployment: &Deployment,
        status: GitHubStatus,
    ) -> Self {
        Self {
            id: id.clone(),
            acceptance: Arc::clone(&deployment.acceptance),
            accepted_seq: deployment.accepted_seq,
            first: sequence,
            status,
            service_url: deployment.state.findings().and_then(|found| found.service_url.clone()),
            is_last: matches!(deployment.state, State::Ended(_)),
            may_create: false,
        }
    }

    /// This one in place of what was not reported in time.
    pub(super) fn overtaking(self, earlier: &Self) -> Self {
        Self {
            first: earlier.first,
            may_create: self.may_create || earlier.may_create,
            service_url: self.service_url.or_else(|| earlier.service_url.clone()),
            ..self
        }
    }
}
