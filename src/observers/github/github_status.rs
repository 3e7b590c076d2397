//! What is reported to GitHub of a deployment: a state, and why. It names no user of the node.

use boathook_core::{
    deployment::{Actor, DeploymentId},
    duration_text,
    record::{Outcome, Reason},
    rollout::Step,
    state::{Conclusion, Deployment, Progress, Rollback, State, Undoes},
};

use crate::observers::github::github_state::GitHubState;

/// A state and its text, which is untrusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GitHubStatus {
    pub(super) state: GitHubState,
    pub(super) text: String,
}

impl GitHubStatus {
    /// None where there is nothing to add to what was said before.
    pub(super) fn of(deployment: &Deployment) -> Option<Self> {
        let (state, text) = match &deployment.state {
            State::AwaitingApproval { until: _, missing } => {
                (GitHubState::Pending, awaiting_approval(*missing))
            }
            State::AwaitingWindow { .. } => (GitHubState::Pending, words(deployment.reason())),
            State::Queued => (GitHubState::Queued, "waits for its turn".to_owned()),
            State::Planning(_) => (GitHubState::InProgress, "begun".to_owned()),
            State::Deploying(progress) => (GitHubState::InProgress, stage(progress)),
            State::RollingBack(_, rollback) => rolling_back(rollback),
            State::Closing(_) => return None,
            State::Ended(conclusion) => ended(conclusion),
        };
        Some(Self { state, text })
    }

    /// Of a success that serves no longer, because this one does.
    pub(super) fn replaced(by: &DeploymentId) -> Self {
        Self { state: GitHubState::Inactive, text: format!("{by} serves in its place") }
    }

    /// Of a success whose service someone else changed.
    pub(super) fn changed(found: &str) -> Self {
        Self { state: GitHubState::Inactive, text: found.to_owned() }
    }
}

fn awaiting_approval(missing: u32) -> String {
    match missing {
        1 => "waits for an approval".to_owned(),
        missing => format!("waits for {missing} approvals"),
    }
}

/// The last stage that it came to; it stays the current one until the next begins.
fn stage(progress: &Progress) -> String {
    let until = progress.next + usize::from(progress.began.is_some());
    let steps = progress.plan.steps.iter().take(until);
    let hold = steps.rev().find_map(|step| match step {
        Step::Hold(hold) => Some(hold),
        _ => None,
    });
    let stage = hold.map_or_else(
        || "begun".to_owned(),
        |hold| format!("{} for {}", hold.percent, duration_text::show(hold.duration)),
    );
    if progress.steering.paused { format!("{stage}, paused") } else { stage }
}

fn rolling_back(rollback: &Rollback) -> (GitHubState, String) {
    let why = words(Some(rollback.explanation()));
    match rollback.failed_rollback {
        None => {
            let what = match rollback.undoes {
                Undoes::Everything => "rolls back",
                Undoes::Objects => "takes back what it applied beside the service",
            };
            (GitHubState::InProgress, format!("{what}: {why}"))
        }
        Some(_) => (GitHubState::Error, why),
    }
}

fn ended(conclusion: &Conclusion) -> (GitHubState, String) {
    let Conclusion { end, reason, findings: _ } = conclusion;
    let state = match end {
        Outcome::Succeeded => return (GitHubState::Success, "serves 100 %".to_owned()),
        Outcome::RolledBack | Outcome::Failed => GitHubState::Failure,
        Outcome::Superseded => GitHubState::Inactive,
        Outcome::Aborted | Outcome::Rejected | Outcome::Abandoned => GitHubState::Error,
    };
    (state, words(reason.clone()))
}

/// The reason without users: GitHub's readers know less than the holder of a status link.
fn words(reason: Option<Reason>) -> String {
    let anonymous = |reason| match reason {
        Reason::RejectedBy { by } => {
            Reason::RejectedBy { by: Actor { note: by.note, ..Actor::anonymous() } }
        }
        other => other.without_user(),
    };
    reason.map(|reason| anonymous(reason).to_string()).unwrap_or_default()
}
