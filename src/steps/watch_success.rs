//! Watching what a deployment left serving, after its outcome: it goes on being probed, and its pods
//! and its generation are looked at, as during a hold.
//!
//! It is no step of a plan: it changes nothing, and records nothing until it is over.

use std::{pin::pin, time::Duration};

use boathook_core::{
    health::{Figures, Verdict},
    rollout::Watch,
};
use futures_util::{
    FutureExt,
    future::{Fuse, FusedFuture},
};
use tokio::time::Instant;

use crate::{
    cluster::{Pod, Service},
    diagnosis::{self, Diagnosis},
    feeds::Feed,
    steps::{
        Context, StepError,
        causes::with_probe,
        pod_watch::shown,
        probed_url::{ProbeTarget, ProbedUrl},
        seeing::is_own,
    },
};

/// The service and its pods are read directly this often while the feeds follow them: a connection
/// may be dead without a sign.
const SAFETY: Duration = Duration::from_secs(60);
/// The same where no feed can be read.
const DIRECTLY: Duration = Duration::from_secs(15);
/// Samples that are judged together: no series is kept for days.
const SERIES_MAX: usize = 300;

/// So long a service may take to start again after its node did.
const STARTING: Duration = Duration::from_secs(5 * 60);

/// What a watch saw, and in figures.
pub struct Watched {
    pub verdict: WatchVerdict,
    pub figures: Figures,
}

/// What a watch saw.
pub enum WatchVerdict {
    Clean,
    Bad {
        reason: String,
    },
    /// Someone else changed the service.
    Changed {
        found: String,
    },
    /// boathook is stopping.
    Interrupted,
}

/// Watches until `ends`, and a little longer if there are too few samples for a verdict. It may run
/// again from its beginning.
pub async fn watch_success(context: &Context<'_>, watch: &Watch, ends: Instant) -> Watched {
    let url = match context.service_url() {
        Ok(url) => url,
        Err(error) => {
            let figures = Figures::default();
            return Watched { verdict: WatchVerdict::of(error), figures };
        }
    };
    let mut url = ProbedUrl::new(&watch.probing, ProbeTarget::Service, url);
    let watched = tokio::select! {
        biased;
        crash = crash(context) => Err(crash),
        watched = probe(context, watch, &mut url, ends) => watched,
    };
    let verdict = watched.map_or_else(WatchVerdict::of, |()| WatchVerdict::Clean);
    Watched { verdict, figures: url.into_figures() }
}

async fn probe(
    context: &Context<'_>,
    watch: &Watch,
    url: &mut ProbedUrl<'_>,
    ends: Instant,
) -> Result<(), StepError> {
    let began = Instant::now();
    let last = ends.max(began) + watch.verdict_timeout;
    let mut next_probe = began;
    // What happened before a restart is seen at once.
    let mut next_read = began;
    let mut services = context.view.services.feed();
    let mut reading = pin!(Fuse::terminated());
    loop {
        let mut next = next_probe;
        if reading.is_terminated() {
            next = next.min(next_read);
        }
        if ends > Instant::now() {
            next = next.min(ends);
        }
        tokio::select! {
            slept = context.sleep_until(next) => slept?,
            read = &mut reading => {
                read?;
                next_read = Instant::now() + pause(context);
            }
            () = services.changed() => {
                if shows_another(context) {
                    next_read = Instant::now();
                }
            }
        }
        let now = Instant::now();
        if now >= next_read && reading.is_terminated() {
            reading.set(read(context).fuse());
        }
        if now >= next_probe {
            next_probe = now + watch.probing.rules.interval;
            url.sample(context.prober).await;
            if let Some(reason) = url.bad_so_far() {
                blame(context, url, &reason).await?;
            }
        }
        let is_over = now >= ends && reading.is_terminated();
        let is_judged = is_over || url.is_longer_than(SERIES_MAX);
        if is_judged && judge_series(context, url, is_over, now >= last).await? {
            return Ok(());
        }
    }
}

/// Judges the series so far: whether the watch ends clean with it. A good one that ends before the
/// watch is forgotten, and a bad one blamed.
async fn judge_series(
    context: &Context<'_>,
    url: &mut ProbedUrl<'_>,
    is_over: bool,
    is_last: bool,
) -> Result<bool, StepError> {
    match url.judge() {
        Verdict::Good { .. } if is_over => Ok(true),
        Verdict::Good { .. } => {
            url.forget();
            Ok(false)
        }
        Verdict::Bad { reason, .. } => blame(context, url, &reason).await.map(|()| false),
        // Few samples that are all good, as after a restart, are no reason to roll back.
        Verdict::Inconclusive { numbers, .. } => {
            Ok(is_last && numbers.samples > 0 && numbers.failures == 0)
        }
    }
}

/// An error, unless the service may not be at fault: while the gateway or the API server is away, and
/// while its pods start again after all their containers ended. Then the series begins anew.
async fn blame(
    context: &Context<'_>,
    url: &mut ProbedUrl<'_>,
    reason: &str,
) -> Result<(), StepError> {
    let pods = context.cluster.pods(context.namespace(), context.candidate()?);
    let (unchanged, pods) = tokio::join!(unchanged(context), pods);
    let was_read = unchanged?;
    let now = context.clock.now();
    let lately = now.checked_sub(STARTING).unwrap_or(now);
    let starts = |pods: Vec<Pod>| pods.iter().any(|pod| pod.ended_together_since(lately));
    if !was_read || url.is_unreached() || pods.map_or(true, starts) {
        url.begin_anew();
        return Ok(());
    }
    Err(StepError::Failed(url.not_well(reason)))
}

/// The first crash that the feed of pods shows.
async fn crash(context: &Context<'_>) -> StepError {
    let crash = match shown(context, |pod| crash_of(pod, context)).await {
        Ok(crash) => crash,
        Err(error) => return error,
    };
    // Before anyone is blamed: the feed of services may be late.
    match unchanged(context).await {
        Ok(_) => StepError::Failed(with_probe(context, crash).await.in_words()),
        Err(conflict) => conflict,
    }
}

/// How a container of the pod crashed since the success, by itself.
fn crash_of(pod: &Pod, context: &Context<'_>) -> Option<Diagnosis> {
    let pod = pod.clone().since(context.began);
    diagnosis::of_pods(&[pod], &[]).filter(Diagnosis::is_crash)
}

fn pause(context: &Context<'_>) -> Duration {
    let follow = context.view.services.feed().follows() && context.view.pods.feed().follows();
    if follow { SAFETY } else { DIRECTLY }
}

/// Whether the feed shows a service that the deployment did not leave. Only a direct read proves it.
fn shows_another(context: &Context<'_>) -> bool {
    let feed = context.view.services.feed();
    let ours = context.findings.generation.unwrap_or_default();
    let is_ours = |service: &Service| is_own(context, service) && service.generation() <= ours;
    feed.follows()
        && !feed.get(context.plan.service.service.as_str()).is_some_and(|it| is_ours(&it))
}

/// Reads the service and its pods once. What cannot be read says nothing.
async fn read(context: &Context<'_>) -> Result<(), StepError> {
    let pods = context.cluster.pods(context.namespace(), context.candidate()?);
    let (unchanged, pods) = tokio::join!(unchanged(context), pods);
    let _: bool = unchanged?;
    let Ok(pods) = pods else { return Ok(()) };
    let known = |pod: &Pod, feed: &Feed<Pod>| feed.get(pod.name()).as_deref() == Some(pod);
    context.view.pods.compare(|feed| pods.iter().all(|pod| known(pod, feed)));
    match pods.iter().find_map(|pod| crash_of(pod, context)) {
        Some(crash) => Err(StepError::Failed(with_probe(context, crash).await.in_words())),
        None => Ok(()),
    }
}

/// An error if the service is not as the deployment left it; otherwise whether it could be read.
async fn unchanged(context: &Context<'_>) -> Result<bool, StepError> {
    let key = &context.plan.service;
    let found = match context.cluster.service(key).await {
        Err(_) => return Ok(false),
        Ok(None) => format!("someone deleted the service {key}"),
        Ok(Some(service)) if !is_own(context, &service) => {
            format!("someone deleted the service {key} and made it anew")
        }
        Ok(Some(service)) => {
            let name = key.service.as_str();
            context.view.services.compare(|feed| feed.get(name).as_deref() == Some(&service));
            let ours = context.generation()?;
            if service.generation() == ours {
                return Ok(true);
            }
            format!(
                "someone else changed the service: it is at generation {}, ours was {ours}; last modified by {}",
                service.generation(),
                service.last_modifier()
            )
        }
    };
    Err(StepError::Conflict(found))
}

impl WatchVerdict {
    fn of(error: StepError) -> Self {
        match error {
            StepError::Failed(reason) | StepError::Refused(reason) => Self::Bad { reason },
            withdrawn @ StepError::Withdrawn(_) => Self::Bad { reason: withdrawn.to_string() },
            StepError::Conflict(found) => Self::Changed { found },
            // Nobody steers a watch.
            StepError::Interrupted | StepError::Aborted(_) => Self::Interrupted,
        }
    }
}
