//! Keep a percentage of traffic while probing and asking for metrics; roll back at once when it
//! turns bad.

use std::{pin::pin, time::Duration};

use boathook_core::{
    deployment::Percent,
    health::Verdict,
    rollout::{Observation, Steering, steps::Hold},
};
use futures_util::{
    FutureExt,
    future::{Fuse, FusedFuture, join_all},
};
use tokio::time::Instant;

use crate::{
    diagnosis::Diagnosis,
    steps::{
        Context, StepError,
        causes::{diagnose_pods, with_probe},
        change::yield_to_external_change,
        metric_gates::{MetricGates, MetricsEnd},
        pod_watch::unless,
        probed_url::{ProbeTarget, ProbedUrl},
        seeing::{read_service_directly, see_service},
        step_behavior::{StepBehavior, StepResult},
        view::DIRECTLY,
    },
};

/// The numbers so far are reported this often, and in a long hold less often, so that one that is
/// paused for days does not fill the record.
const REPORT_EVERY: Duration = Duration::from_secs(10);

/// Its time counts from the record, so that a restart does not prolong it.
impl StepBehavior for Hold {
    async fn run(&self, context: &Context<'_>) -> StepResult {
        unless(context, Diagnosis::is_crash, hold(self, context)).await
    }
}

async fn hold(step: &Hold, context: &Context<'_>) -> StepResult {
    let mut schedule = HoldSchedule::of(step, context.elapsed());
    let mut urls = probed_urls(step, context)?;
    let mut metrics = MetricGates::new(step, context, schedule.verdict_deadline)?;
    let mut signals = context.signals.clone();
    let mut services = context.view.services.feed();
    // Reading an unreachable cluster may take long; probing continues meanwhile, because a verdict
    // needs samples up to its end.
    let mut cluster_check = pin!(Fuse::terminated());
    loop {
        let metric = metrics.next(&signals.steering());
        let next = schedule.next(metric, !cluster_check.is_terminated());
        tokio::select! {
            slept = context.sleep_until(next) => slept?,
            () = signals.until_steered() => {}
            checked = &mut cluster_check => checked?,
            answer = metrics.answered() => metrics.take(answer),
            // Whether it is this service that changed, the check sees.
            () = services.changed() => schedule.next_check = schedule.next_check.min(schedule.last_check + DIRECTLY),
        }
        let now = Instant::now();
        let steering = signals.steering();
        if steering.skip_hold {
            let of_urls = urls.iter().flat_map(ProbedUrl::findings);
            return Ok(of_urls.chain(metrics.skipped()).collect());
        }
        metrics.ask(&steering);
        if now >= schedule.next_probe {
            schedule.next_probe = now + step.probing.rules.interval;
            probe(context, &mut urls, &mut metrics, &steering).await?;
            if now >= schedule.next_report {
                schedule.next_report =
                    now + REPORT_EVERY.max(now.duration_since(schedule.began) / 10);
                report(context, &urls, &mut metrics).await;
            }
        }
        if let Some(reason) = metrics.bad_so_far() {
            return Err(failed_by_metric(context, &urls, &mut metrics, reason).await);
        }
        if now >= schedule.next_check && cluster_check.is_terminated() {
            schedule.last_check = now;
            schedule.next_check = now + step.poll_interval;
            // A paused hold has no deadline; a read has.
            cluster_check
                .set(check_cluster(context, now.max(schedule.ends) + step.patience).fuse());
        }
        let may_end = now >= schedule.ends && !steering.paused && cluster_check.is_terminated();
        if may_end
            && let Some(findings) =
                ended(context, &urls, &mut metrics, now >= schedule.verdict_deadline).await?
        {
            return Ok(findings);
        }
    }
}

/// When a hold ends, and what it does next.
struct HoldSchedule {
    began: Instant,
    ends: Instant,
    /// What is missing for a verdict is waited for until then.
    verdict_deadline: Instant,
    next_probe: Instant,
    next_check: Instant,
    last_check: Instant,
    next_report: Instant,
}

impl HoldSchedule {
    /// Those of a hold that begins, or goes on after a restart; `elapsed` is since it first began.
    fn of(step: &Hold, elapsed: Duration) -> Self {
        let began = Instant::now();
        let ends = began + step.duration.saturating_sub(elapsed);
        Self {
            began,
            ends,
            verdict_deadline: ends + step.patience,
            next_probe: began + step.delay.saturating_sub(elapsed),
            next_check: began + step.poll_interval,
            last_check: began,
            next_report: began + REPORT_EVERY,
        }
    }

    /// When something is due next; `metric` is when a metric is. No check is due while one goes on.
    fn next(&self, metric: Option<Instant>, is_checking: bool) -> Instant {
        let check = (!is_checking).then_some(self.next_check);
        // Do not wake up again at once for an end that has passed, while samples are too few or an
        // operator paused.
        let ends = Some(self.ends).filter(|ends| *ends > Instant::now());
        [metric, check, ends].into_iter().flatten().fold(self.next_probe, Instant::min)
    }
}

/// Takes a sample of each URL, and asks for the metrics meanwhile; an error if a URL turned bad.
async fn probe(
    context: &Context<'_>,
    urls: &mut [ProbedUrl<'_>],
    metrics: &mut MetricGates<'_>,
    steering: &Steering,
) -> Result<(), StepError> {
    let probing = join_all(urls.iter_mut().map(|url| url.sample(context.prober)));
    metrics.meanwhile(steering, probing).await;
    let bad = urls.iter().find_map(|url| Some((url, url.bad_so_far()?)));
    if let Some((url, reason)) = bad {
        learn_all(context, metrics.findings()).await;
        return Err(failed(context, urls, url, &reason).await);
    }
    Ok(())
}

/// Records the numbers so far.
async fn report(context: &Context<'_>, urls: &[ProbedUrl<'_>], metrics: &mut MetricGates<'_>) {
    let mut so_far: Vec<_> = urls.iter().map(ProbedUrl::so_far).collect();
    so_far.extend(metrics.so_far());
    learn_all(context, so_far).await;
}

/// The URLs that count at this stage. A service that was unhealthy before does not count against
/// the candidate until it has all traffic.
fn probed_urls<'a>(
    step: &'a Hold,
    context: &'a Context<'_>,
) -> Result<Vec<ProbedUrl<'a>>, StepError> {
    let candidate = ProbedUrl::new(&step.probing, ProbeTarget::Candidate, context.tag_url()?);
    let service = ProbedUrl::new(&step.probing, ProbeTarget::Service, context.service_url()?);
    let service_counts = step.was_healthy || step.percent == Percent::FULL;
    Ok(std::iter::once(candidate).chain(service_counts.then_some(service)).collect())
}

/// The error for a bad metric; all numbers are recorded first.
async fn failed_by_metric(
    context: &Context<'_>,
    urls: &[ProbedUrl<'_>],
    metrics: &mut MetricGates<'_>,
    reason: String,
) -> StepError {
    let mut numbers: Vec<_> = urls.iter().map(ProbedUrl::finding).collect();
    numbers.extend(metrics.findings());
    learn_all(context, numbers).await;
    StepError::Failed(reason)
}

async fn learn_all(context: &Context<'_>, findings: Vec<Observation>) {
    for finding in findings {
        context.learn(finding).await;
    }
}

/// The error for a bad verdict on one URL. The numbers of the other URL are recorded first, for
/// comparison.
async fn failed(
    context: &Context<'_>,
    urls: &[ProbedUrl<'_>],
    bad: &ProbedUrl<'_>,
    reason: &str,
) -> StepError {
    for other in urls.iter().filter(|url| url.target != bad.target) {
        context.learn(other.finding()).await;
    }
    bad.failed(context, reason).await
}

/// Someone else's change, or a candidate that crashes while it is Ready.
async fn check_cluster(context: &Context<'_>, until: Instant) -> Result<(), StepError> {
    let generation = context.generation()?;
    if see_service(context, until).await?.generation() != generation {
        // The feed may be late; a direct read decides.
        let service = read_service_directly(context, until).await?;
        if service.generation() != generation {
            return Err(yield_to_external_change(context, until, &service, generation).await);
        }
    }
    match diagnose_pods(context, until).await?.filter(Diagnosis::is_crash) {
        Some(crash) => Err(StepError::Failed(with_probe(context, crash).await.in_words())),
        None => Ok(()),
    }
}

/// The verdict on the URLs at the end of the hold; none while it may still wait for more samples.
async fn close(
    context: &Context<'_>,
    urls: &[ProbedUrl<'_>],
    is_last: bool,
) -> Result<Option<Vec<Observation>>, StepError> {
    for url in urls {
        let reason = match url.judge() {
            Verdict::Good { .. } => continue,
            Verdict::Inconclusive { reason, .. } if !is_last => {
                context.waits.report(&reason).await;
                return Ok(None);
            }
            Verdict::Inconclusive { reason, .. } => {
                format!("no verdict at the end of the hold: {reason}")
            }
            Verdict::Bad { reason, .. } => reason,
        };
        return Err(failed(context, urls, url, &reason).await);
    }
    Ok(Some(urls.iter().flat_map(ProbedUrl::findings).collect()))
}

/// The verdict at the end of the hold; none while it may still wait for more samples or values.
async fn ended(
    context: &Context<'_>,
    urls: &[ProbedUrl<'_>],
    metrics: &mut MetricGates<'_>,
    is_last: bool,
) -> Result<Option<Vec<Observation>>, StepError> {
    let findings = match close(context, urls, is_last).await {
        Ok(Some(findings)) => findings,
        Ok(None) => return Ok(None),
        Err(error) => {
            learn_all(context, metrics.findings()).await;
            return Err(error);
        }
    };
    match metrics.end(&context.signals.steering()) {
        MetricsEnd::Passed(of_metrics) => {
            Ok(Some(findings.into_iter().chain(of_metrics).collect()))
        }
        MetricsEnd::TooFew(reason) => {
            context.waits.report(&reason).await;
            Ok(None)
        }
        MetricsEnd::Bad(reason) => Err(failed_by_metric(context, urls, metrics, reason).await),
    }
}
