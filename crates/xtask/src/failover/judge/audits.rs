//! Each node's audit log is proven, and has each record once, in order.

use crate::failover::evidence::Evidence;

pub fn judge(evidence: &Evidence) -> Vec<String> {
    let last = evidence.written.iter().map(|one| one.last_sequence).max().unwrap_or_default();
    let mut found = Vec::new();
    for audit in &evidence.audits {
        if audit.code != 0 {
            found.push(format!("{}: {} ({})", audit.node, audit.said, audit.code));
        }
        if let Some(sequence) = audit.gap_after {
            found.push(format!("{}: the line after record {sequence} is not the next", audit.node));
        }
        if audit.last_sequence != last {
            found.push(format!(
                "{}: ends with record {}, and the last one is {last}",
                audit.node, audit.last_sequence
            ));
        }
    }
    found
}
