//! The end of what this process does before its lease can have ended. It has a thread of its own, so
//! that nothing else in the process can delay it.

use std::{io, process, thread, time::Duration};

use tokio::{
    runtime::Builder,
    sync::watch,
    time::{Instant, sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;

/// How long the process may take to end by itself.
const ENDS_WITHIN: Duration = Duration::from_secs(2);

/// Stops this process at a time that is put off again and again. Dropping it before means that there is
/// nothing to guard any more.
pub(super) struct LeadGuard {
    until: watch::Sender<Instant>,
    lost: CancellationToken,
}

impl LeadGuard {
    /// At the given time, `stop` is called, which must not wait for anything. The process ends soon
    /// after that, one way or another.
    pub(super) fn start(until: Instant, stop: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_time().build()?;
        let (until, put_off) = watch::channel(until);
        let lost = CancellationToken::new();
        let tells = lost.clone();
        let guard = move || {
            runtime.block_on(async {
                if is_released(put_off).await {
                    return;
                }
                stop();
                tells.cancel();
                sleep(ENDS_WITHIN).await;
                // Not even a line in the log may delay it.
                process::exit(1);
            });
        };
        thread::Builder::new().name("lead".to_owned()).spawn(guard)?;
        Ok(Self { until, lost })
    }

    /// The time is not before that.
    pub(super) fn put_off(&self, until: Instant) {
        self.until.send_replace(until);
    }

    /// The time is now.
    pub(super) fn lose(&self) {
        self.put_off(Instant::now());
    }

    /// Returns once the time has come, and `stop` was called.
    pub(super) async fn lost(&self) {
        self.lost.cancelled().await;
    }
}

/// Waits for the time; true if there is nothing to guard any more.
async fn is_released(mut until: watch::Receiver<Instant>) -> bool {
    loop {
        let time = *until.borrow_and_update();
        tokio::select! {
            biased;
            changed = until.changed() => if changed.is_err() { return true },
            () = sleep_until(time) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: Duration = Duration::from_secs(7);

    #[tokio::test(start_paused = true)]
    async fn the_time_comes_unless_it_is_put_off() {
        let begun = Instant::now();
        let (until, put_off) = watch::channel(begun + LEASE);
        let guard = tokio::spawn(is_released(put_off));
        sleep(LEASE - Duration::from_secs(1)).await;
        until.send_replace(Instant::now() + LEASE);
        assert!(!guard.await.unwrap());
        assert_eq!(begun.elapsed(), LEASE + LEASE - Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_time_that_has_passed_is_now() {
        let begun = Instant::now();
        let (until, put_off) = watch::channel(begun + LEASE);
        let guard = tokio::spawn(is_released(put_off));
        sleep(Duration::from_secs(1)).await;
        until.send_replace(begun);
        assert!(!guard.await.unwrap());
        assert_eq!(begun.elapsed(), Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_released_never_comes() {
        let (until, put_off) = watch::channel(Instant::now() + LEASE);
        let guard = tokio::spawn(is_released(put_off));
        drop(until);
        assert!(guard.await.unwrap());
    }
}
