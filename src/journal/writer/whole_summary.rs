//! A deployment's row with all that it holds, as it travels through the inbox: what lists show is
//! less.

use boathook_core::{
    deployment::{
        DeploymentId, Digest, Environment, ExternalId, ImageRef, Namespace, ServiceName, Token,
    },
    record::{Reason, Status},
};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::journal::Summary;

#[derive(Serialize, Deserialize)]
#[serde(remote = "Summary")]
struct WholeSummary {
    id: DeploymentId,
    environment: Environment,
    namespace: Namespace,
    service: ServiceName,
    deployment_id: ExternalId,
    attempt: u32,
    image: ImageRef,
    digest: Option<Digest>,
    status: Status,
    paused: bool,
    unacknowledged: bool,
    reason: Option<Reason>,
    accepted_seq: u64,
    accepted_at: Timestamp,
    changed_at: Timestamp,
    ended_at: Option<Timestamp>,
    token: Token,
}

pub(super) fn serialize<S: Serializer>(
    summary: &Summary,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    WholeSummary::serialize(summary, serializer)
}

/// In a box or without one.
pub(super) fn deserialize<'de, D: Deserializer<'de>, T: From<Summary>>(
    deserializer: D,
) -> Result<T, D::Error> {
    WholeSummary::deserialize(deserializer).map(T::from)
}
