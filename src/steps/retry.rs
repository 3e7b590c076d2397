//! Retries while the cluster or a registry is unreachable.

use std::time::Duration;

use boathook_core::{deployment::error_chain, rate::Backoff};
use tokio::time::Instant;

use crate::{
    cluster::ClusterError,
    steps::{Context, StepError},
};

/// Pauses between two attempts at something that the API server does. The longest is what an outage
/// may cost a deployment after its end.
pub(crate) const CLUSTER_BACKOFF: Backoff =
    Backoff::new(Duration::from_millis(250), Duration::from_millis(1500));
/// The same for registries, which count their clients' requests.
pub(crate) const REGISTRY_BACKOFF: Backoff =
    Backoff::new(Duration::from_millis(250), Duration::from_secs(8));
/// A failure that passes within this time is not reported.
pub(crate) const SHORT: Duration = Duration::from_secs(2);

/// Attempts at one command until a deadline.
pub(crate) struct Attempts<'a> {
    context: &'a Context<'a>,
    until: Instant,
    backoff: Backoff,
    began: Instant,
    reported: bool,
}

impl<'a> Attempts<'a> {
    pub(crate) fn new(context: &'a Context<'a>, until: Instant, backoff: Backoff) -> Self {
        Self { context, until, backoff, began: Instant::now(), reported: false }
    }

    /// Returns a final result; or none, after a pause, if the failure is transient and there is
    /// time for another attempt.
    pub(crate) async fn decided<T>(
        &mut self,
        result: Result<T, ClusterError>,
    ) -> Option<Result<T, ClusterError>> {
        let failure = result.as_ref().err().filter(|error| error.is_retryable());
        let Some(failure) = failure else {
            if self.reported {
                self.context.waits.over().await;
            }
            return Some(result);
        };
        let pause = self.backoff.pause().max(failure.retry_after().unwrap_or_default());
        let again = Instant::now() + pause;
        if again <= self.until && self.began.elapsed() >= SHORT {
            self.reported = true;
            self.context.waits.report_now(&trying_again(failure)).await;
        }
        if again > self.until || self.context.sleep_until(again).await.is_err() {
            return Some(result);
        }
        None
    }
}

/// What a retry waits for.
pub(crate) fn trying_again(failure: &dyn std::error::Error) -> String {
    format!("{}; trying again", error_chain(failure))
}

/// Retries a command while its failure is transient and the deadline allows; a permanent failure is
/// final at once.
///
/// This is a macro because the compiler cannot prove that a future from a borrowing closure is
/// `Send`.
macro_rules! retry {
    ($context:expr, $until:expr, $verb:expr) => {
        $crate::steps::retry::retry!($context, $until, $verb, $crate::steps::retry::CLUSTER_BACKOFF)
    };
    ($context:expr, $until:expr, $verb:expr, $backoff:expr) => {{
        let mut attempts = $crate::steps::retry::Attempts::new($context, $until, $backoff);
        loop {
            if let Some(decided) = attempts.decided($verb.await).await {
                break decided;
            }
        }
    }};
}

/// Like `retry!`, but an abort is distinguished from a failure.
macro_rules! persist {
    ($context:expr, $until:expr, $verb:expr $(, $backoff:expr)?) => {
        $crate::steps::retry::retry!($context, $until, $verb $(, $backoff)?)
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
