//! The results of notifications, for the metrics.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use strum::IntoStaticStr;

/// The result of a notification, or of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr)]
#[strum(serialize_all = "lowercase", const_into_str)]
pub enum Outcome {
    /// The receiver has it.
    Delivered,
    /// A try that failed.
    Failed,
    /// It is not retried any more.
    Dropped,
}

/// Counts by receiver and outcome. Clones are cheap and share one count.
#[derive(Clone, Debug, Default)]
pub struct DeliveryCounters(Arc<Mutex<BTreeMap<(String, Outcome), u64>>>);

impl DeliveryCounters {
    /// All counts so far.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<(String, Outcome), u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds an amount; adding 0 creates the series.
    pub fn add(&self, receiver: &str, outcome: Outcome, count: u64) {
        *self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry((receiver.to_owned(), outcome))
            .or_default() += count;
    }
}
