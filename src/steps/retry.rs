//! Retries while the cluster or a registry is unreachable.

use std::time::Duration;

use boathook_core::rate::Backoff;
use tokio::time::Instant;

use crate::{
    cluster::ClusterError,
    steps::{Context, StepError},
};

/// Pauses between two attempts at a command or a watch.
pub(crate) const BACKOFF: Backoff =
    Backoff::new(Duration::from_millis(250), Duration::from_secs(8));

/// Attempts at one command until a deadline.
pub(crate) struct Attempts<'a> {
    context: &'a Context<'a>,
    until: Instant,
    backoff: Backoff,
}

impl<'a> Attempts<'a> {
    pub(crate) const fn new(context: &'a Context<'a>, until: Instant) -> Self {
        Self { context, until, backoff: BACKOFF }
    }

    /// Returns a final result; or none, after a pause, if the failure is transient and there is
    /// time for another attempt.
    pub(crate) async fn decided<T>(
        &mut self,
        result: Result<T, ClusterError>,
    ) -> Option<Result<T, ClusterError>> {
        if !matches!(&result, Err(error) if error.is_retryable()) {
            return Some(result);
        }
        let again = Instant::now() + self.backoff.pause();
        if again > self.until || self.context.sleep_until(again).await.is_err() {
            return Some(result);
        }
        None
    }
}

/// Retries a command while its failure is transient and the deadline allows; a permanent failure is
/// final at once.
///
/// This is a macro because the compiler cannot prove that a future from a borrowing closure is
/// `Send`.
macro_rules! retry {
    ($context:expr, $until:expr, $verb:expr) => {{
        let mut attempts = $crate::steps::retry::Attempts::new($context, $until);
        loop {
            if let Some(decided) = attempts.decided($verb.await).await {
                break decided;
            }
        }
    }};
}

/// Like `retry!`, but an abort is distinguished from a failure.
macro_rules! persist {
    ($context:expr, $until:expr, $verb:expr) => {
        $crate::steps::retry::retry!($context, $until, $verb)
            .map_err(|error| $crate::steps::retry::undecided($context, error))
    };
}

/// The error of a command: a failure, unless it was transient and the step was aborted meanwhile.
pub(crate) fn undecided(context: &Context<'_>, error: ClusterError) -> StepError {
    match context.signals.called_off() {
        Some(called_off) if error.is_retryable() => called_off,
        _ => error.into(),
    }
}

pub(crate) use {persist, retry};
