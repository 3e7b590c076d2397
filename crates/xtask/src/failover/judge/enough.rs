//! A trial in which nothing happened proves nothing, and neither does a fault that did not happen.

use crate::failover::evidence::{Evidence, Fault};

/// After these, another process leads.
const DEPOSING: [&str; 3] = ["kill-leader", "stop-leader", "pause-leader"];

pub fn judge(evidence: &Evidence) -> Vec<String> {
    let changed = evidence.changes.iter().any(|change| change.kind == "service");
    let revised = evidence.changes.iter().any(|change| change.deployment.is_some());
    let seen = [
        ("no request was accepted", evidence.tries.iter().any(|one| one.is_accepted())),
        ("no bad image was sent", evidence.tries.iter().any(|one| !one.good)),
        ("no deployment is in the record", !evidence.deployments.is_empty()),
        ("no record has a writer", !evidence.written.is_empty()),
        ("leadership never changed", evidence.terms.len() > 1),
        ("no node was started", !evidence.starts.is_empty()),
        ("the cluster says of no change who made it", changed && revised),
        ("nobody looked at traffic", !evidence.looks.is_empty()),
        ("nobody looked who leads", evidence.leads.iter().any(|lead| lead.epoch.is_some())),
        ("there was no fault", !evidence.faults.is_empty()),
        ("no audit log was read", !evidence.audits.is_empty()),
    ];
    let missing = seen.iter().filter(|(_, is_there)| !is_there).map(|(what, _)| (*what).to_owned());
    let asked: usize = evidence.asked.iter().map(|asked| asked.faults).sum();
    let fewer = (asked != evidence.faults.len())
        .then(|| format!("{} faults, and {asked} were asked for", evidence.faults.len()));
    let without = evidence.faults.iter().filter(|fault| !has_happened(fault, evidence));
    let without = without.map(|fault| format!("{} at {} did not happen", fault.kind, fault.begun));
    missing.chain(fewer).chain(without).collect()
}

fn has_happened(fault: &Fault, evidence: &Evidence) -> bool {
    let deposed = evidence.terms.iter().any(|term| {
        fault.begun <= term.at && term.at <= fault.recovered && term.process != fault.led
    });
    !fault.proof.is_empty() && (deposed || !DEPOSING.contains(&fault.kind.as_str()))
}
