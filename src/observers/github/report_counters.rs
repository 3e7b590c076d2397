//! The results of statuses for GitHub, for the metrics.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use strum::{EnumIter, IntoEnumIterator as _, IntoStaticStr};

/// The result of a status, or of one try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr, EnumIter)]
#[strum(serialize_all = "lowercase", const_into_str)]
pub enum ReportResult {
    /// GitHub has it.
    Sent,
    /// A newer one of the same deployment took its place.
    Overtaken,
    /// A try that failed, and is repeated.
    Failed,
    /// GitHub refuses it for good.
    Refused,
}

/// Counts by result, all of them from the start. Clones are cheap and share one count.
#[derive(Clone, Debug)]
pub struct ReportCounters(Arc<Mutex<BTreeMap<ReportResult, u64>>>);

impl ReportCounters {
    /// All counts so far.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<ReportResult, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn add(&self, result: ReportResult) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(result).or_default() += 1;
    }
}

impl Default for ReportCounters {
    /// A series that begins with its first event would hide it.
    fn default() -> Self {
        Self(Arc::new(Mutex::new(ReportResult::iter().map(|result| (result, 0)).collect())))
    }
}
