//! A sender's request, parsed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::deployment::{
    Environment, ExternalId, ImageRef, Namespace, Percent, Repository, RequestedManifests,
    ServiceKey, ServiceName, Strategy,
};

/// Unknown fields that an answer names, at most.
const IGNORED_SHOWN: usize = 20;
/// Characters of a name among them.
const IGNORED_LENGTH: usize = 64;

/// The upper bound of the configurable limit for a request's body, in bytes.
pub const BODY_MAX: usize = 4 << 20;

/// One accepted request, as the record holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeployRequest {
    pub environment: Environment,
    pub image: ImageRef,
    /// The namespace of the service.
    pub namespace: Namespace,
    pub service_name: ServiceName,
    /// The sender's name for this deployment; the digest of the body where the sender gave none.
    pub deployment_id: ExternalId,
    /// The commit that the image was built from, as the sender says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit_sha: Option<String>,
    /// The repository on GitHub that the commit is in, as the sender says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<Repository>,
    /// Who or what triggered it, as the sender says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub triggered_by: Option<String>,
    /// When the sender made the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Timestamp>,
    /// Whether it is a promotion.
    #[serde(default)]
    pub auto_promotion: bool,
    /// The promoted deployment, as the other environment says; only if a promotion's secret signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promoted_from: Option<String>,
    /// How traffic moves; the environment's own strategy where the sender named none.
    pub strategy: Strategy,
    /// The sender's own stages, rising and ending at 100; empty if the environment's table holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traffic_split: Vec<Percent>,
    /// The word that a manual production deployment may have to carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<String>,
    /// Whether it may replace a request that was made later: the sender says so, and the
    /// environment allows it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub allow_older: bool,
    /// Whether it may reach a service that an operator rolled back, and release it by succeeding: the
    /// sender says so, and the environment allows it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub after_rollback: bool,
    /// The manifests that it brings or names; none if it deploys with those that are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifests: Option<RequestedManifests>,
    /// Whether the sender asks for an approval.
    #[serde(default, skip_serializing_if = "is_false")]
    pub approval: bool,
    /// Fields that boathook does not know, kept for the record.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// What makes two requests the same deployment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identity {
    pub environment: Environment,
    /// The namespace of the service.
    pub namespace: Namespace,
    pub service_name: ServiceName,
    /// The sender's name for it.
    pub deployment_id: ExternalId,
}

impl DeployRequest {
    /// The names of the fields that boathook does not know, each cut short; the first ones.
    #[must_use]
    pub fn ignored(&self) -> Vec<String> {
        let names = self.extra.keys().take(IGNORED_SHOWN);
        names.map(|name| name.chars().take(IGNORED_LENGTH).collect()).collect()
    }

    /// A request with only the required fields: rolling, by the environment's own stages.
    #[must_use]
    pub fn new(
        environment: Environment,
        image: ImageRef,
        service: ServiceKey,
        deployment_id: ExternalId,
    ) -> Self {
        let ServiceKey { namespace, service: service_name } = service;
        Self {
            environment,
            image,
            namespace,
            service_name,
            deployment_id,
            commit_sha: None,
            repository: None,
            triggered_by: None,
            timestamp: None,
            auto_promotion: false,
            promoted_from: None,
            strategy: Strategy::Rolling,
            traffic_split: Vec::new(),
            confirmation: None,
            allow_older: false,
            after_rollback: false,
            manifests: None,
            approval: false,
            extra: Map::new(),
        }
    }

    /// The identity by which a repeat is recognised.
    #[must_use]
    pub fn identity(&self) -> Identity {
        Identity {
            environment: self.environment,
            namespace: self.namespace.clone(),
            service_name: self.service_name.clone(),
            deployment_id: self.deployment_id.clone(),
        }
    }

    /// The service that the request is about.
    #[must_use]
    pub fn service(&self) -> ServiceKey {
        ServiceKey { namespace: self.namespace.clone(), service: self.service_name.clone() }
    }

    /// Whether both ask for the same thing. A tag beside a digest, when they were sent, where their
    /// commit is, how their manifests came, what they may replace, what the environment before says of
    /// them, and fields that boathook does not know do not count.
    #[must_use]
    pub fn means_the_same_as(&self, other: &Self) -> bool {
        let meaning = |request: &Self| Self {
            image: request.image.meaning(),
            manifests: request.manifests.as_ref().map(RequestedManifests::meaning),
            timestamp: None,
            repository: None,
            allow_older: false,
            after_rollback: false,
            promoted_from: None,
            extra: Map::new(),
            ..request.clone()
        };
        meaning(self) == meaning(other)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}
