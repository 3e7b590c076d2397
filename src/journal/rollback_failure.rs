//! A rollback that failed: it is tried again and again, until it works or someone else takes over.

use jiff::Timestamp;

use crate::journal::{Rollback, Status};

/// That the rollback failed, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollbackFailure {
    pub failures: u32,
    /// When it failed last.
    pub at: Timestamp,
    /// Who took over, so that it is not tried again.
    pub taken_over: Option<String>,
    /// Why it rolled back and how that failed, in one sentence.
    explanation: String,
}

impl Rollback {
    /// One more failure of the rollback.
    pub(super) fn failed(self, at: Timestamp, why: &str) -> Self {
        let (failures, taken_over) = self
            .failed_rollback
            .map_or((1, None), |failed_rollback| (failed_rollback.failures.saturating_add(1), failed_rollback.taken_over));
        let times = if failures == 1 { String::new() } else { format!(" {failures} times, the last time") };
        let explanation = format!("{}; the rollback failed{times}: {why}", self.reason);
        Self { failed_rollback: Some(RollbackFailure { failures, at, taken_over, explanation }), ..self }
    }

    /// Someone else sees to the service from now on.
    pub(super) fn taken_over(self, by: &str) -> Self {
        let failed_rollback =
            self.failed_rollback.map(|failed_rollback| RollbackFailure { taken_over: Some(by.to_owned()), ..failed_rollback });
        Self { failed_rollback, ..self }
    }

    /// Why it rolls back, and how that went so far.
    #[must_use]
    pub fn explanation(&self) -> &str {
        self.failed_rollback.as_ref().map_or(&self.reason, |failed_rollback| &failed_rollback.explanation)
    }

    /// Rolling back, or failed at it.
    #[must_use]
    pub const fn status(&self) -> Status {
        if self.failed_rollback.is_some() { Status::RollbackFailed } else { Status::RollingBack }
    }
}
