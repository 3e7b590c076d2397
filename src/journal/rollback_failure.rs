//! A rollback that failed: it is tried again and again, until it works or someone else takes over.

use boathook_core::deployment::Requester;
use jiff::Timestamp;

use crate::journal::{Reason, Rollback, Status};

/// That the rollback failed, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollbackFailure {
    pub failures: u32,
    /// When it failed last.
    pub at: Timestamp,
    /// Who took over, so that it is not tried again.
    pub taken_over: Option<Requester>,
    /// What failed last.
    pub error: String,
}

impl Rollback {
    /// One more failure of the rollback.
    pub(super) fn failed(self, at: Timestamp, error: &str) -> Self {
        let (failures, taken_over) = self
            .failed_rollback
            .map_or((1, None), |failed_rollback| (failed_rollback.failures.saturating_add(1), failed_rollback.taken_over));
        Self { failed_rollback: Some(RollbackFailure { failures, at, taken_over, error: error.to_owned() }), ..self }
    }

    /// Someone else sees to the service from now on.
    pub(super) fn taken_over(self, by: &Requester) -> Self {
        let failed_rollback =
            self.failed_rollback.map(|failed_rollback| RollbackFailure { taken_over: Some(by.clone()), ..failed_rollback });
        Self { failed_rollback, ..self }
    }

    /// Why it rolls back, and how that went so far.
    #[must_use]
    pub fn explanation(&self) -> Reason {
        match &self.failed_rollback {
            None => self.reason.clone(),
            Some(RollbackFailure { failures, error, .. }) => {
                Reason::RollbackFailed { because: Box::new(self.reason.clone()), failures: *failures, error: error.clone() }
            }
        }
    }

    /// Rolling back, or failed at it.
    #[must_use]
    pub const fn status(&self) -> Status {
        if self.failed_rollback.is_some() { Status::RollbackFailed } else { Status::RollingBack }
    }
}
