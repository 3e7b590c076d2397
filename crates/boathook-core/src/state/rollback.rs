//! A rollback: why it happens, and that it failed. One that failed is retried until it succeeds or
//! someone takes over.

use jiff::Timestamp;

use crate::{
    deployment::Requester,
    record::{Outcome, Reason, Status},
};

/// Why it rolls back, and the outcome that will have.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollback {
    /// Rolled back, or aborted by an operator.
    pub end: Outcome,
    pub reason: Reason,
    /// The failure of the rollback, if it failed.
    pub failed_rollback: Option<RollbackFailure>,
}

/// The failures of a rollback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollbackFailure {
    pub failures: u32,
    /// The time of the last failure.
    pub at: Timestamp,
    /// Who took over, which ends the retries.
    pub taken_over: Option<Requester>,
    /// What failed last.
    pub error: String,
}

impl Rollback {
    /// One more failure of the rollback.
    pub(super) fn failed(self, at: Timestamp, error: &str) -> Self {
        let (failures, taken_over) = self.failed_rollback.map_or((1, None), |failed_rollback| {
            (failed_rollback.failures.saturating_add(1), failed_rollback.taken_over)
        });
        Self {
            failed_rollback: Some(RollbackFailure {
                failures,
                at,
                taken_over,
                error: error.to_owned(),
            }),
            ..self
        }
    }

    /// Someone took over the service.
    pub(super) fn taken_over(self, by: &Requester) -> Self {
        let failed_rollback = self.failed_rollback.map(|failed_rollback| RollbackFailure {
            taken_over: Some(by.clone()),
            ..failed_rollback
        });
        Self { failed_rollback, ..self }
    }

    /// Why it rolls back, and how the rollback failed.
    #[must_use]
    pub fn explanation(&self) -> Reason {
        match &self.failed_rollback {
            None => self.reason.clone(),
            Some(RollbackFailure { failures, error, .. }) => Reason::RollbackFailed {
                because: Box::new(self.reason.clone()),
                failures: *failures,
                error: error.clone(),
            },
        }
    }

    /// Rolling back, or failed at it.
    #[must_use]
    pub const fn status(&self) -> Status {
        if self.failed_rollback.is_some() { Status::RollbackFailed } else { Status::RollingBack }
    }
}
