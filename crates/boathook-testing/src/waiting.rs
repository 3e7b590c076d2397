//! Waiting for what other tasks do.

use std::time::Duration;

use tokio::time::{sleep, timeout};

/// Waits until that is so.
pub async fn until(is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(20), waiting).await.expect("it does not come to that");
}
