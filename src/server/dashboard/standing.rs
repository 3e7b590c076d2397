//! What a deployment under way is doing now: a step, a hold that counts down, or waiting.

use boathook_core::{deployment::DeploymentId, record::Status};
use jiff::{SignedDuration, Timestamp};

use crate::{
    journal::{DeploymentView, StepStatus, StepView},
    server::dashboard::{left::Left, parts::Cut},
};

/// What it is doing.
pub enum Standing {
    Step {
        mark: &'static str,
        title: Cut,
        /// Its place in its list.
        number: usize,
        of: usize,
        hold: Option<Hold>,
    },
    BetweenSteps,
    /// An operator has to approve it within this time.
    NeedsApproval {
        id: DeploymentId,
        /// How many approvals it still needs.
        missing: u32,
        left: Left,
    },
    /// Its environment's deployment window opens then.
    NeedsWindow(Left),
    /// It is queued, for this reason.
    Waits(String),
}

/// How long a hold still lasts.
pub enum Hold {
    /// Until someone resumes it.
    Paused,
    Counting {
        /// Seconds in all, and those that are over.
        whole: i64,
        gone: i64,
        left: Left,
    },
}

impl Standing {
    /// None once it has ended.
    pub fn of(view: &DeploymentView, now: Timestamp) -> Option<Self> {
        match view.status {
            Status::Ended(_) => None,
            Status::Queued => Some(Self::Waits(
                view.reason.clone().unwrap_or_else(|| "waits for its turn".to_owned()),
            )),
            Status::AwaitingApproval => view.approve_until.map(|until| {
                let left = Left::until(until, now, "the time for it is over");
                Self::NeedsApproval { id: view.id.clone(), missing: view.approvals_missing(), left }
            }),
            Status::AwaitingWindow if view.held.is_some() => view.reason.clone().map(Self::Waits),
            Status::AwaitingWindow => view.opens_at.map(|opens_at| {
                Self::NeedsWindow(Left::until(opens_at, now, "it is about to begin"))
            }),
            Status::Planning
            | Status::Deploying
            | Status::RollingBack
            | Status::RollbackFailed
            | Status::Closing => {
                Some(view.progress().map_or(Self::BetweenSteps, |(step, number, of)| Self::Step {
                    mark: step.mark(),
                    title: Cut::title(&step.title),
                    number,
                    of,
                    hold: Hold::of(step, view.paused, now),
                }))
            }
        }
    }
}

impl Hold {
    /// None for other steps, and for those that are not under way.
    pub fn of(step: &StepView, paused: bool, now: Timestamp) -> Option<Self> {
        if step.status != StepStatus::Running {
            return None;
        }
        let hold = SignedDuration::from_millis(i64::try_from(step.hold_ms?).unwrap_or(i64::MAX));
        if paused {
            return Some(Self::Paused);
        }
        let ends = step.began_at?.checked_add(hold).ok()?;
        let left = Left::until(ends, now, "about to be judged");
        let whole = hold.as_secs();
        Some(Self::Counting { whole, gone: whole - left.seconds().min(whole), left })
    }
}
