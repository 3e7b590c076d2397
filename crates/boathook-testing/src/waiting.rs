//! Waiting for what other tasks do.

use std::{fmt::Debug, time::Duration};

use tokio::time::{Instant, sleep};

/// How long it may take.
const DEADLINE: Duration = Duration::from_secs(20);

/// Waits until `read` gives what is expected; at the deadline it says what it gave last.
pub async fn until_is<T: Debug + PartialEq>(expected: T, read: impl Fn() -> T) {
    let begun = Instant::now();
    loop {
        let last = read();
        if last == expected {
            return;
        }
        assert!(begun.elapsed() < DEADLINE, "after {DEADLINE:?} it is {last:?}, not {expected:?}");
        sleep(Duration::from_millis(20)).await;
    }
}
