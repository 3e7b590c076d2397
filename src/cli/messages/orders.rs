//! Operators' orders about deployments and services: steering, retries, rollbacks, redeploys.

use boathook_core::rollout::Action;

use crate::cli::messages::wording::note;

/// An operator's command was recorded.
pub(crate) const fn asked(action: Action) -> &'static str {
    match action {
        Action::Pause => "paused",
        Action::Resume => "resumed",
        Action::Promote => "promoted past its hold:",
        Action::PromoteFully => "promoted to 100 %:",
        Action::Abort => "aborted:",
    }
}

/// Another attempt was accepted.
pub(crate) fn tried_again(attempt: u32, id: &str, deployment: &str) -> String {
    format!("accepted as {id}: attempt {attempt} at {deployment}")
}

/// A rollback was accepted.
pub(crate) fn rolling_back(id: &str, place: &str) -> String {
    format!("accepted as {id}: {place} rolls back")
}

/// A redeploy was accepted.
pub(crate) fn redeploying(id: &str, place: &str, image: &str) -> String {
    format!("accepted as {id}: {place} deploys {image} again, with its manifests as they are now")
}

/// A redeploy has its turn after another deployment.
pub(crate) fn waits_for(id: &str) -> String {
    note(&format!("it waits for {id}; if that brings another image, it ends without a change"))
}

/// What waits for an approval or a window, and whose place a redeploy does not take.
pub(crate) fn goes_on_waiting(id: &str) -> String {
    note(&format!(
        "{id} goes on waiting for its approval or window; boathook show {id} says for what"
    ))
}

/// How to follow what was accepted.
pub(crate) fn follow(id: &str) -> String {
    format!("follow it: boathook show {id} --follow")
}
