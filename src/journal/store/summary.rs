//! A deployment in one row, and what the journal knows to serve.

use boathook_core::{
    deployment::{
        DeploymentId, Digest, Environment, ExternalId, Identity, ImageRef, Namespace, RevisionName,
        ServiceName, Token,
    },
    record::{Outcome, Reason, Status},
    state::{Deployment, State},
};
use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// One deployment as lists show it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// boathook's own id of it.
    pub id: DeploymentId,
    pub environment: Environment,
    /// The namespace of the service.
    pub namespace: Namespace,
    pub service: ServiceName,
    /// The sender's name for it.
    pub deployment_id: ExternalId,
    /// Which attempt at the request, from 1.
    pub attempt: u32,
    /// The image as requested.
    pub image: ImageRef,
    /// Its digest, once that is known.
    #[serde(skip)]
    pub digest: Option<Digest>,
    pub status: Status,
    /// Whether an operator paused it.
    pub paused: bool,
    /// Whether an operator let it past closed deployment windows, and nobody has acknowledged that.
    pub unacknowledged: bool,
    /// Why it waits, rolls back or ended, if there is more to say.
    #[serde(serialize_with = "in_words")]
    pub reason: Option<Reason>,
    /// Its place among all deployments: the sequence of its acceptance.
    pub accepted_seq: u64,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// When its last event was recorded.
    pub changed_at: Timestamp,
    /// When its record was closed.
    pub ended_at: Option<Timestamp>,
    /// The secret half of its `status_url`; never in a list.
    #[serde(skip)]
    pub token: Token,
}

/// The newest deployment that succeeded, and what it left serving.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Success {
    pub deployment: DeploymentId,
    /// The revision that served 100 % at its end.
    pub revision: RevisionName,
    /// The image, by digest where the deployment learned it.
    pub image: ImageRef,
}

impl Summary {
    /// The row for a deployment.
    #[must_use]
    pub fn of(id: &DeploymentId, deployment: &Deployment) -> Self {
        let request = &deployment.acceptance.request;
        let status = deployment.state.status();
        let learned = deployment.state.findings().and_then(|findings| findings.image.as_ref());
        Self {
            id: id.clone(),
            environment: request.environment,
            namespace: request.namespace.clone(),
            service: request.service_name.clone(),
            deployment_id: request.deployment_id.clone(),
            attempt: deployment.acceptance.attempt,
            image: request.image.clone(),
            digest: learned.unwrap_or(&request.image).digest().cloned(),
            status,
            paused: deployment.state.is_paused(),
            unacknowledged: deployment.is_unacknowledged(),
            reason: deployment.reason(),
            accepted_seq: deployment.accepted_seq,
            accepted_at: deployment.accepted_at,
            changed_at: deployment.changed_at,
            ended_at: status.end().map(|_| deployment.changed_at),
            token: deployment.acceptance.token.clone(),
        }
    }

    /// What makes a repeat of its request a repeat.
    #[must_use]
    pub fn identity(&self) -> Identity {
        Identity {
            environment: self.environment,
            namespace: self.namespace.clone(),
            service_name: self.service.clone(),
            deployment_id: self.deployment_id.clone(),
        }
    }
}

impl Success {
    /// What `deployment` left serving, if it succeeded and the revision is known.
    #[must_use]
    pub fn of(id: &DeploymentId, deployment: &Deployment) -> Option<Self> {
        let State::Ended(outcome) = &deployment.state else { return None };
        if outcome.end != Outcome::Succeeded {
            return None;
        }
        let asked_for = &deployment.acceptance.request.image;
        Some(Self {
            deployment: id.clone(),
            revision: outcome.findings.candidate.clone()?,
            image: outcome.findings.image.clone().unwrap_or_else(|| asked_for.clone()),
        })
    }
}

/// For what people and other programs read: the reason in words.
fn in_words<S: Serializer>(reason: &Option<Reason>, serializer: S) -> Result<S::Ok, S::Error> {
    reason.as_ref().map(ToString::to_string).serialize(serializer)
}
