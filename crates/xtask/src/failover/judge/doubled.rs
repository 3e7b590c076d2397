//! One request that became two deployments, or one deployment that made two revisions.

use std::collections::{BTreeMap, BTreeSet};

use crate::failover::evidence::Evidence;

pub fn judge(evidence: &Evidence) -> Vec<String> {
    let mut recorded = BTreeMap::<_, BTreeSet<_>>::new();
    for deployment in &evidence.deployments {
        recorded.entry(&deployment.deployment_id).or_default().insert(&deployment.id);
    }
    // What senders were told counts as well, whatever the record says.
    for accepted in evidence.tries.iter().filter(|one| one.is_accepted()) {
        recorded.entry(&accepted.deployment_id).or_default().extend(&accepted.deployment);
    }
    let mut revisions = BTreeMap::<_, BTreeSet<_>>::new();
    for change in evidence.changes.iter().filter(|change| change.kind == "revision") {
        if let Some(deployment) = &change.deployment {
            revisions.entry(deployment).or_default().insert(&change.uid);
        }
    }
    let twice = recorded.iter().filter(|(_, ids)| ids.len() > 1);
    let made = revisions.iter().filter(|(_, uids)| uids.len() > 1);
    twice
        .map(|(id, ids)| format!("{id} became {ids:?}"))
        .chain(made.map(|(id, uids)| format!("{id} made {} revisions", uids.len())))
        .collect()
}
