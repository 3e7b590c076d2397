//! A rollback: why it happens, and that it failed. One that failed is retried until it succeeds or
//! someone takes over.

use jiff::Timestamp;

use crate::{
    deployment::Requester,
    record::{Outcome, Reason, Status},
    rollout::{Plan, Step},
};

/// Why it rolls back, and the outcome that will have.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollback {
    /// Rolled back, or aborted by an operator.
    pub end: Outcome,
    pub reason: Reason,
    /// What goes back.
    pub undoes: Undoes,
    /// The failure of the rollback, if it failed.
    pub failed_rollback: Option<RollbackFailure>,
}

/// What a rollback brings back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undoes {
    /// The service, and what was applied beside it.
    Everything,
    /// Only what was applied beside the service: the service was not changed, there is nothing that
    /// it could go back to, or it is someone else's now.
    Objects,
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

    /// Its steps: those of the plan, up to the first that changes the service if that stays.
    #[must_use]
    pub fn steps<'a>(&self, plan: &'a Plan) -> &'a [Step] {
        let of_service = || plan.rollback.iter().position(Step::changes_service);
        let end = match self.undoes {
            Undoes::Everything => None,
            Undoes::Objects => of_service(),
        };
        &plan.rollback[..end.unwrap_or(plan.rollback.len())]
    }

    /// Rolling back, or failed at it.
    #[must_use]
    pub const fn status(&self) -> Status {
        if self.failed_rollback.is_some() { Status::RollbackFailed } else { Status::RollingBack }
    }
}
