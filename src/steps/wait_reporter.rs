//! Tells followers what a step, or the planning, waits for: changes only, and not many of them.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use boathook_core::rollout::Observation;
use tokio::{sync::mpsc, time::Instant};

/// A step may take this long before it says what it waits for.
const USUAL: Duration = Duration::from_secs(10);
/// The most changes that one step records.
const CHANGES_MAX: usize = 20;

/// Reports what is waited for, as an observation.
pub struct WaitReporter {
    learned: mpsc::Sender<Observation>,
    began: Instant,
    reported: Mutex<Reported>,
}

#[derive(Default)]
struct Reported {
    /// What is waited for, as last reported.
    last: Option<String>,
    changes: usize,
}

impl WaitReporter {
    /// Begins with the step.
    #[must_use]
    pub fn new(learned: mpsc::Sender<Observation>) -> Self {
        Self { learned, began: Instant::now(), reported: Mutex::default() }
    }

    /// Reports what is waited for, once the step takes longer than usual.
    pub(crate) async fn report(&self, words: &str) {
        if self.began.elapsed() >= USUAL {
            self.report_now(words).await;
        }
    }

    /// Reports what is waited for.
    pub async fn report_now(&self, words: &str) {
        if self.is_new(words) {
            self.send(Some(words.to_owned())).await;
        }
    }

    /// What was waited for is there.
    pub(crate) async fn over(&self) {
        if self.reported().last.take().is_some() {
            self.send(None).await;
        }
    }

    /// Whether something is waited for that was reported.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.reported().last.is_some()
    }

    /// Another number alone is no change: it counts restarts, or is an address or a time.
    fn is_new(&self, words: &str) -> bool {
        let mut reported = self.reported();
        let same = |last: &String| without_numbers(last).eq(without_numbers(words));
        let is_same = reported.last.as_ref().is_some_and(same);
        if is_same || reported.changes >= CHANGES_MAX {
            return false;
        }
        reported.last = Some(words.to_owned());
        reported.changes += 1;
        true
    }

    fn reported(&self) -> MutexGuard<'_, Reported> {
        self.reported.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn send(&self, words: Option<String>) {
        // The engine receives until the step has ended; after that nobody needs it.
        let _ = self.learned.send(Observation::Waiting(words)).await;
    }
}

fn without_numbers(words: &str) -> impl Iterator<Item = char> {
    words.chars().filter(|c| !c.is_ascii_digit())
}
