//! Seeing traffic take effect; where the service has no route, waiting alone may be of no use.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use crate::{
    cluster::{Service, Traffic},
    diagnosis::Outlook,
    steps::{
        Context, Observation, StepError,
        causes::RouteFailure,
        watch::{Seen, Watching},
    },
};

/// From one look at a route that failed to the next.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often Knative is asked to look again at most.
const ASKS_MAX: u32 = 6;
/// The first pause between two of these; each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_secs(5);

/// What to do where the service has no route, such as because its name is taken.
#[derive(Clone, Copy)]
pub(crate) enum WithoutRoute<'a> {
    /// What nothing in the cluster can resolve ends the wait.
    Fails,
    /// Knative is asked to look again: by itself it does so after 5, 10, 20 ... 1000 s. With what was so before the deployment, its words, the
    /// service is as it was, and no more can be done.
    LooksAgain(Option<&'a str>),
}

/// Waits until status shows the traffic and the service is Ready.
pub(crate) async fn await_traffic(
    context: &Context<'_>,
    until: Instant,
    generation: u64,
    traffic: &Traffic,
    without_route: WithoutRoute<'_>,
) -> Result<Arc<Service>, StepError> {
    let mut watching = Watching::looking(context, generation, until, LOOK_EVERY).await;
    let (mut last, mut route, mut asks) = (None::<Arc<Service>>, RouteFailure::default(), Asks::new());
    loop {
        if let Seen::Service(service) = watching.next().await? {
            if service.is_ready() && service.traffic().is_some_and(|shown| shown.routes_as(traffic)) {
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
            (Some(failed), WithoutRoute::LooksAgain(before)) if before == Some(failed.words()) && asks.made > 1 => {
                context.learn(Observation::Note(format!("as before the deployment, {}", failed.in_words()))).await;
                return Ok(Arc::clone(service));
            }
            (Some(failed), WithoutRoute::LooksAgain(_)) => asks.make(context, failed.words()).await,
        }
    }
}

/// Has Knative look again, so often at most and after longer and longer pauses.
struct Asks {
    made: u32,
    next: Instant,
}

impl Asks {
    fn new() -> Self {
        Self { made: 0, next: Instant::now() }
    }

    async fn make(&mut self, context: &Context<'_>, why: &str) {
        if self.made >= ASKS_MAX || Instant::now() < self.next {
            return;
        }
        self.next = Instant::now() + FIRST_PAUSE * 2_u32.pow(self.made);
        self.made += 1;
        let mark = context.clock.now().to_string();
        let note = match context.cluster.reconcile_again(context.service, &mark).await {
            Ok(()) => format!("asked Knative to look at the service again: {why}"),
            Err(error) => format!("Knative could not be asked to look at the service again: {error}"),
        };
        context.learn(Observation::Note(note)).await;
    }
}
