//! A way back that failed: it is tried again and again, until it works or someone else takes over.

use jiff::Timestamp;

use crate::journal::{Rollback, Status};

/// That the way back failed, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollbackFailure {
    /// How often.
    pub failures: u32,
    /// When it failed last.
    pub at: Timestamp,
    /// Who took over, so that it is not tried again.
    pub taken_over: Option<String>,
    /// Why it went back and how that failed, in one sentence.
    told: String,
}

impl Rollback {
    /// One more failure on the way back.
    pub(super) fn failed(self, at: Timestamp, why: &str) -> Self {
        let (failures, taken_over) = self.setback.map_or((1, None), |setback| (setback.failures.saturating_add(1), setback.taken_over));
        let times = if failures == 1 { String::new() } else { format!(" {failures} times, the last time") };
        let told = format!("{}; the way back failed{times}: {why}", self.reason);
        Self { setback: Some(RollbackFailure { failures, at, taken_over, told }), ..self }
    }

    /// Someone else sees to the service from now on.
    pub(super) fn taken_over(self, by: &str) -> Self {
        let setback = self.setback.map(|setback| RollbackFailure { taken_over: Some(by.to_owned()), ..setback });
        Self { setback, ..self }
    }

    /// Why it goes back, and how that went so far.
    #[must_use]
    pub fn told(&self) -> &str {
        self.setback.as_ref().map_or(&self.reason, |setback| &setback.told)
    }

    /// On the way back, or stuck on it.
    #[must_use]
    pub const fn status(&self) -> Status {
        if self.setback.is_some() { Status::RollbackFailed } else { Status::RollingBack }
    }
}
