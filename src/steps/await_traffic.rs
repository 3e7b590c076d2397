//! Waiting for traffic to take effect; if the service has no route, waiting alone may not help.

use std::{sync::Arc, time::Duration};

use boathook_core::{objects::Traffic, rate::Backoff, rollout::Observation};
use tokio::time::Instant;

use crate::{
    cluster::Service,
    diagnosis::Outlook,
    steps::{
        Context, StepError,
        causes::RouteFailure,
        watch::{Seen, Watching},
    },
};

/// The interval at which a failed route is read.
const POLL_INTERVAL: Duration = Duration::from_secs(2);
/// How often Knative is asked at most to reconcile again.
const ASKS_MAX: u32 = 6;
/// Pauses between two such requests.
const BACKOFF: Backoff = Backoff::new(Duration::from_secs(5), Duration::MAX);

/// What to do if the service has no route, such as because its name is taken.
#[derive(Clone, Copy)]
pub(crate) enum WithoutRoute<'a> {
    /// A permanent failure ends the wait.
    Fails,
    /// Ask Knative to reconcile again: by itself it retries after 5, 10, 20 ... 1000 s. If the
    /// failure was there before the deployment (its message), the service is restored, and nothing
    /// more can be done.
    AskAgain(Option<&'a str>),
}

/// Waits until status shows the traffic and the service is Ready.
pub(crate) async fn await_traffic(
    context: &Context<'_>,
    until: Instant,
    generation: u64,
    traffic: &Traffic,
    without_route: WithoutRoute<'_>,
) -> Result<Arc<Service>, StepError> {
    let mut watching = Watching::polling(context, generation, until, POLL_INTERVAL);
    let mut last: Option<Arc<Service>> = None;
    let mut route = RouteFailure::default();
    let mut asks = Asks::new();
    loop {
        if let Seen::Service(service) = watching.next().await? {
            if service.is_ready() && service.traffic().is_some_and(|shown| shown.routes_as(traffic))
            {
                return Ok(service);
            }
            last = Some(service);
        }
        let Some(service) = &last else { continue };
        route.seen(service);
        let failed = route.believed();
        watching.explain(failed.map(crate::diagnosis::Diagnosis::in_words));
        match (failed, without_route) {
            (None, _) => {}
            (Some(failed), WithoutRoute::Fails) if failed.outlook() == Outlook::Permanent => {
                return Err(StepError::Failed(failed.in_words()));
            }
            (Some(_), WithoutRoute::Fails) => {}
            (Some(failed), WithoutRoute::AskAgain(before))
                if before == Some(failed.words()) && asks.backoff.failures() > 1 =>
            {
                context
                    .learn(Observation::Note(format!(
                        "as before the deployment, {}",
                        failed.in_words()
                    )))
                    .await;
                return Ok(Arc::clone(service));
            }
            (Some(failed), WithoutRoute::AskAgain(_)) => asks.make(context, failed.words()).await,
        }
    }
}

/// Asks Knative to reconcile again, a limited number of times and with growing pauses.
struct Asks {
    backoff: Backoff,
    next: Instant,
}

impl Asks {
    fn new() -> Self {
        Self { backoff: BACKOFF, next: Instant::now() }
    }

    async fn make(&mut self, context: &Context<'_>, why: &str) {
        if self.backoff.failures() >= ASKS_MAX || Instant::now() < self.next {
            return;
        }
        self.next = Instant::now() + self.backoff.pause();
        let mark = context.clock.now().to_string();
        let note = match context.cluster.reconcile_again(&context.plan.service, &mark).await {
            Ok(()) => format!("asked Knative to look at the service again: {why}"),
            Err(error) => {
                format!("Knative could not be asked to look at the service again: {error}")
            }
        };
        context.learn(Observation::Note(note)).await;
    }
}
