//! Reasons in words.

use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

use jiff::Timestamp;

use crate::{
    clock::date_and_time,
    deployment::DeploymentId,
    duration_text,
    record::{Reason, Status},
};

/// How many approvals of how many there are, and whose.
#[must_use]
pub fn approvals_given(given: &[String], needed: u32) -> String {
    let by = if given.is_empty() { "" } else { ", by " };
    format!("{} of {needed} approvals{by}{}", given.len(), given.join(", "))
}

/// The deployment window that one waits for, and what holds it besides.
#[must_use]
pub fn window_opening(opens_at: Timestamp, held: Option<impl Display>) -> String {
    let held = held.map(|held| format!("; it is held: {held}")).unwrap_or_default();
    format!("the deployment window, which opens at {}{held}", date_and_time(opens_at))
}

pub(super) const ABORTED_BY: &str = "aborted by ";

impl Display for Reason {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stated { words }
            | Self::Private { words, public: _ }
            | Self::Sentence { text: words } => f.write_str(words),
            Self::Withdrawn { withdrawal } => f.write_str(&withdrawal.refusal()),
            Self::Cancelled { by } => write!(f, "cancelled by {}", by.with_reason()),
            Self::Aborted { by } => write!(f, "{ABORTED_BY}{by}"),
            Self::AbortedBeforeStart { by } => write!(f, "{ABORTED_BY}{by} before it began"),
            Self::RejectedBy { by } => write!(f, "rejected by {}", by.with_reason()),
            Self::ApprovalExpired { until } => write!(f, "nobody approved it before {until}"),
            Self::AwaitsWindow { opens_at, held } => {
                write!(f, "waits for {}", window_opening(*opens_at, held.as_ref()))
            }
            Self::NeedsApprovals { given, needed } => f.write_str(&approvals_given(given, *needed)),
            Self::Superseded { by } => {
                write!(f, "a newer request, {by}, took its place in the queue")
            }
            Self::ServiceUnchanged { because } => {
                write!(f, "{because}; the service was not changed")
            }
            Self::NothingToRollBackTo { because } => {
                write!(f, "{because}; there was nothing to roll back to")
            }
            Self::RollbackFailed { because, failures: 1, error } => {
                write!(f, "{because}; the rollback failed: {error}")
            }
            Self::RollbackFailed { because, failures, error } => {
                write!(f, "{because}; the rollback failed {failures} times, the last time: {error}")
            }
            Self::Unconfirmed { because, unknown: more }
            | Self::ObjectsLeft { because, left: more } => write!(f, "{because}; {more}"),
            Self::RollbackConflict { because, found } => {
                write!(f, "{because}; while rolling back: {found}")
            }
            Self::Abandoned { because, by } => write!(f, "{because}; {ABORTED_BY}{by}"),
            Self::WaitsFor { deployment, waited, status, because } => {
                write!(f, "waits for {deployment} of the same service")?;
                since(f, *waited)?;
                before(f, deployment, *status, because.as_deref())
            }
            Self::WaitsForTurn { running, waited } => {
                f.write_str("waits for its turn")?;
                since(f, *waited)?;
                match running {
                    1 => f.write_str(": a deployment of another service is under way"),
                    running => {
                        write!(f, ": {running} deployments of other services are under way")
                    }
                }
            }
        }
    }
}

/// Whole minutes: whoever polls is not to see another reason each time.
fn since(f: &mut Formatter<'_>, waited: Duration) -> fmt::Result {
    let minutes = waited.as_secs() / 60 * 60;
    if minutes == 0 {
        return Ok(());
    }
    write!(f, ", {} so far", duration_text::show(Duration::from_secs(minutes)))
}

/// The deployment before it.
fn before(
    f: &mut Formatter<'_>,
    deployment: &DeploymentId,
    status: Status,
    because: Option<&Reason>,
) -> fmt::Result {
    match status {
        Status::RollbackFailed => f.write_str("; that one could not be rolled back")?,
        status => write!(f, "; that one is {}", status.name().replace('_', " "))?,
    }
    if let Some(reason) = because {
        write!(f, ": {reason}")?;
    }
    if status == Status::RollbackFailed {
        write!(
            f,
            "; boathook keeps retrying the rollback; `boathook abort {deployment}` leaves the service as it is and lets this one begin"
        )?;
    }
    Ok(())
}
