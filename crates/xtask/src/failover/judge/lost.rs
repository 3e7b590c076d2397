//! What a sender was told is accepted, and the record does not have.

use std::collections::BTreeSet;

use crate::failover::evidence::Evidence;

pub fn judge(evidence: &Evidence) -> Vec<String> {
    let known: BTreeSet<_> =
        evidence.deployments.iter().map(|one| (&one.id, &one.deployment_id)).collect();
    let accepted = evidence.tries.iter().filter(|one| one.is_accepted());
    let lost = accepted.filter(|one| {
        one.deployment.as_ref().is_none_or(|id| !known.contains(&(id, &one.deployment_id)))
    });
    lost.map(|one| {
        format!("{} was accepted at {} as {:?}", one.deployment_id, one.at, one.deployment)
    })
    .collect()
}
