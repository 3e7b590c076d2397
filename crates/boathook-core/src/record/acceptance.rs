//! What was accepted: the request, with the results of admission.

use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    deployment::{Actor, DeployRequest, DeploymentId, KeyUse, Repository, Token},
    record::{Approvers, RequestSource, Rewrite, VerifiedIdentity, older_text},
};

/// The request, with the results of admission.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Acceptance {
    pub request: DeployRequest,
    /// The secret half of the `status_url`.
    pub token: Token,
    /// The id of the secret that signed.
    pub signed_by: String,
    /// What that secret may sign for.
    #[serde(default)]
    pub key_use: KeyUse,
    /// Who sent it, if a token proved that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<VerifiedIdentity>,
    /// `X-GitHub-Delivery`, as sent.
    pub delivery: Option<String>,
    /// The way by which it came in.
    #[serde(default, skip_serializing_if = "RequestSource::is_listener")]
    pub source: RequestSource,
    /// The address that it came from, at the listener.
    pub client: Option<IpAddr>,
    /// Counts the attempts at the same request, from 1.
    #[serde(default = "first_attempt")]
    pub attempt: u32,
    /// What started it.
    #[serde(default)]
    pub origin: Origin,
    /// The deadline for an approval, if it needs one; a later change of the configuration does not
    /// move it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approve_until: Option<Timestamp>,
    /// When its environment's deployment windows open, if they were closed. A later change of the
    /// configuration moves it, by an event of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<Timestamp>,
    /// Whose approvals it needs; the configuration of that moment, too.
    #[serde(default, skip_serializing_if = "Approvers::is_anyone")]
    pub approvers: Approvers,
}

/// What started a deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Origin {
    #[default]
    Requested,
    /// An operator ordered another attempt.
    Retry {
        of: DeploymentId,
        #[serde(deserialize_with = "older_text::or_text")]
        by: Actor,
    },
    /// An operator, or boathook itself after a bad watch, ordered a rollback to an earlier deployment.
    Rollback {
        to: DeploymentId,
        #[serde(deserialize_with = "older_text::or_text")]
        by: Actor,
        /// The deployment whose watch turned bad; none if an operator ordered it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after_watch: Option<DeploymentId>,
    },
    /// An operator ordered the image that serves again, with the manifests as they are now.
    Redeploy {
        /// What left it serving.
        of: DeploymentId,
        by: Actor,
    },
}

impl Origin {
    /// The operator who ordered it.
    #[must_use]
    pub const fn actor(&self) -> Option<&Actor> {
        match self {
            Self::Requested => None,
            Self::Retry { of: _, by }
            | Self::Rollback { to: _, by, after_watch: _ }
            | Self::Redeploy { of: _, by } => Some(by),
        }
    }

    /// The deployment whose image it deploys once more, if an operator ordered that.
    #[must_use]
    pub const fn image_of(&self) -> Option<&DeploymentId> {
        match self {
            Self::Rollback { to: of, by: _, after_watch: _ } | Self::Redeploy { of, by: _ } => {
                Some(of)
            }
            Self::Requested | Self::Retry { .. } => None,
        }
    }

    /// Whether older requests for its service give way to it. Nobody's image is lost for a redeploy,
    /// nor for a rollback that nobody ordered.
    #[must_use]
    pub const fn displaces_older(&self) -> bool {
        match self {
            Self::Requested | Self::Retry { .. } | Self::Rollback { after_watch: None, .. } => true,
            Self::Rollback { after_watch: Some(_), .. } | Self::Redeploy { .. } => false,
        }
    }

    /// The deployment whose watch turned bad, if boathook rolls back because of that.
    #[must_use]
    pub const fn after_watch(&self) -> Option<&DeploymentId> {
        if let Self::Rollback { after_watch: Some(of), .. } = self { Some(of) } else { None }
    }

    pub(super) fn rewritten(self, rewrite: &dyn Rewrite) -> Self {
        match self {
            Self::Requested => self,
            Self::Retry { of, by } => Self::Retry { of, by: rewrite.actor(by) },
            Self::Rollback { to, by, after_watch } => {
                Self::Rollback { to, by: rewrite.actor(by), after_watch }
            }
            Self::Redeploy { of, by } => Self::Redeploy { of, by: rewrite.actor(by) },
        }
    }
}

impl Acceptance {
    /// Whether it is a promotion, signed as one: the body alone does not prove it.
    #[must_use]
    pub fn is_promotion(&self) -> bool {
        self.request.auto_promotion && self.key_use == KeyUse::Promotion
    }

    /// Whether a request with the same identity means the same. Of a package's version only the image
    /// counts, whoever publishes it under one more tag.
    #[must_use]
    pub fn is_repeated_by(&self, request: &DeployRequest, source: &RequestSource) -> bool {
        match (&self.source, source) {
            (RequestSource::GitHubPackage { .. }, RequestSource::GitHubPackage { .. }) => {
                self.request.image.meaning() == request.image.meaning()
            }
            _ => self.request.means_the_same_as(request),
        }
    }

    /// The repository on GitHub of its commit: the one that the request names, or came from.
    #[must_use]
    pub fn repository(&self) -> Option<&Repository> {
        let of_source = match &self.source {
            RequestSource::GitHub { repository, deployment: _ }
            | RequestSource::GitHubPackage { repository, image: _ } => Some(repository),
            RequestSource::Listener | RequestSource::Relay { .. } => None,
        };
        self.request.repository.as_ref().or(of_source)
    }

    /// The id of the secret that signed it; none for an operator's order.
    #[must_use]
    pub fn signer(&self) -> Option<&str> {
        (self.origin == Origin::Requested).then_some(self.signed_by.as_str())
    }

    /// The names of whoever asked for it, as far as boathook knows them: the operator, whom the
    /// kernel named; or the secret that signed, who started the job by a verified token, and who
    /// triggered it by that signer's word.
    #[must_use]
    pub fn requesters(&self) -> Vec<&str> {
        let operator = self.origin.actor().map(|by| by.user.as_str());
        let (signer, job, trigger) = match self.origin {
            Origin::Requested | Origin::Retry { .. } => (
                Some(self.signed_by.as_str()),
                self.identity.as_ref().and_then(VerifiedIdentity::actor),
                self.request.triggered_by.as_deref(),
            ),
            Origin::Rollback { .. } | Origin::Redeploy { .. } => (None, None, None),
        };
        operator.into_iter().chain(signer).chain(job).chain(trigger).collect()
    }

    /// When the sender made the request, if they say so. An operator's order has no timestamp.
    #[must_use]
    pub fn requested_at(&self) -> Option<Timestamp> {
        match self.origin {
            Origin::Requested => self.request.timestamp,
            Origin::Retry { .. } | Origin::Rollback { .. } | Origin::Redeploy { .. } => None,
        }
    }
}

/// The attempt of records from before retries existed.
pub const fn first_attempt() -> u32 {
    1
}
