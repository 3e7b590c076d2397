//! What happens to a deployment under way, as the commands that follow it say it.

use crate::cli::messages::wording::spaced;

/// A worker started the deployment.
pub(crate) const STARTED: &str = "reading the cluster";

/// It has not started.
pub(crate) fn queued(reason: &str) -> String {
    format!("queued: {reason}")
}

/// Every step was decided.
pub(crate) fn planned(steps: usize) -> String {
    format!("planned {steps} steps")
}

/// A step is under way, forward or back.
pub(crate) fn step(number: usize, of: usize, back: bool, title: &str) -> String {
    let direction = if back { "rolling back, " } else { "" };
    let of = of.max(number);
    format!("[{direction}{number}/{of}] {title}")
}

/// A step failed; the planning has no name.
pub(crate) fn step_failed(step: &str, reason: &str) -> String {
    if step.is_empty() { format!("failed: {reason}") } else { format!("{step} failed: {reason}") }
}

/// A rollback step failed.
pub(crate) fn rollback_failed(step: &str, reason: &str) -> String {
    format!("rollback failed, an operator is needed: {}", step_failed(step, reason))
}

/// An operator steered the deployment.
pub(crate) fn steered(action: &str, by: &str) -> String {
    format!("{} by {by}", spaced(action))
}

/// A follower asked, and got no answer.
pub(crate) const AWAY: &str = "its status cannot be read now; trying again";
/// There is no such deployment any more.
pub(crate) const GONE: &str = "there is no record of it any more: it has ended, and was pruned";
