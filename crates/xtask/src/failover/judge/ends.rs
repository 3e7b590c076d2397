//! Every deployment has one end; none of a bad image succeeds, and those of a good one do, unless
//! there was a fault meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::failover::evidence::{Deployment, Evidence};

pub fn judge(evidence: &Evidence) -> Vec<String> {
    let bad = bad_images(evidence);
    let mut found = Vec::new();
    for deployment in &evidence.deployments {
        if deployment.ends != 1 {
            found.push(format!(
                "{} has {} ends and is {}",
                deployment.id, deployment.ends, deployment.status
            ));
        }
        if deployment.status == "succeeded" && bad.contains(deployment.deployment_id.as_str()) {
            found.push(format!("{} succeeded with a bad image", deployment.id));
        }
        if !bad.contains(deployment.deployment_id.as_str()) && failed_alone(deployment, evidence) {
            found.push(format!("{} is {} with a good image", deployment.id, deployment.status));
        }
    }
    found
}

/// A step's time may pass without a leader; a newer request may take the place of one that waits.
fn failed_alone(deployment: &Deployment, evidence: &Evidence) -> bool {
    let ended = deployment.ended_at.unwrap_or(Timestamp::MAX);
    let disturbed = evidence
        .faults
        .iter()
        .any(|fault| fault.begun <= ended && deployment.accepted_at <= fault.recovered);
    !matches!(deployment.status.as_str(), "succeeded" | "superseded") && !disturbed
}

/// How many ended how. A good image may have failed, where its step's time passed without a leader.
pub fn summary(evidence: &Evidence) -> String {
    let bad = bad_images(evidence);
    let mut counts = BTreeMap::<_, usize>::new();
    for deployment in &evidence.deployments {
        let image = if bad.contains(deployment.deployment_id.as_str()) { "bad" } else { "good" };
        *counts.entry((image, deployment.status.as_str())).or_default() += 1;
    }
    let counts: Vec<_> =
        counts.iter().map(|((image, status), count)| format!("{count} {image} {status}")).collect();
    let accepted = evidence.tries.iter().filter(|one| one.is_accepted()).count();
    format!(
        "{} deployments ({}), {accepted} of {} requests answered with 202 or 200, {} terms of \
         leadership, {} looks",
        evidence.deployments.len(),
        counts.join(", "),
        evidence.tries.len(),
        evidence.terms.len(),
        evidence.looks.len(),
    )
}

fn bad_images(evidence: &Evidence) -> BTreeSet<&str> {
    evidence.tries.iter().filter(|one| !one.good).map(|one| one.deployment_id.as_str()).collect()
}
