//! Keep a percentage of traffic while probing; roll back at once when it turns bad.

use std::{pin::pin, time::Duration};

use boathook_core::{
    deployment::Percent,
    health::{Series, Verdict},
    rollout::Observation,
};
use futures_util::{
    FutureExt,
    future::{BoxFuture, Fuse, FusedFuture},
};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{
    diagnosis::Diagnosis,
    steps::{
        Context, Probing, StepError,
        causes::{diagnose_pods, with_probe},
        change::{read_service, yield_to_external_change},
        pod_watch::unless,
        probing::Asked,
        step_behavior::{StepBehavior, StepResult},
    },
};

/// Holds a stage. Its time counts from the record, so that a restart does not prolong it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hold {
    /// The candidate's percentage.
    pub percent: Percent,
    /// How long.
    pub duration: Duration,
    /// The delay before the first probe.
    pub delay: Duration,
    /// How much longer to hold if there are too few samples for a verdict.
    pub patience: Duration,
    /// How to probe, and what counts as healthy.
    pub probing: Probing,
    /// Whether the service's own URL was healthy before the deployment; if not, it counts only at
    /// 100 %.
    #[serde(alias = "was_well")]
    pub was_healthy: bool,
    /// The interval at which the service and its pods are read.
    pub poll_interval: Duration,
}

impl StepBehavior for Hold {
    fn title(&self) -> String {
        format!("Hold at {} for {} s", self.percent, self.duration.as_secs())
    }

    fn run<'a>(&'a self, context: &'a Context<'a>) -> BoxFuture<'a, StepResult> {
        unless(context, Diagnosis::is_crash, self.hold(context)).boxed()
    }
}

impl Hold {
    async fn hold(&self, context: &Context<'_>) -> StepResult {
        // It polls instead of watching, so that no kubectl (46 MiB) runs for the whole hold.
        context.watch.rest().await;
        let now = Instant::now();
        let elapsed = context.elapsed();
        let ends = now + self.duration.saturating_sub(elapsed);
        let (mut next_probe, mut next_check) =
            (now + self.delay.saturating_sub(elapsed), now + self.poll_interval);
        let (mut watched, mut signals) = (self.series(context)?, context.signals.clone());
        // Reading an unreachable cluster may take long; probing continues meanwhile, because a
        // verdict needs samples up to its end.
        let mut cluster_check = pin!(Fuse::terminated());
        loop {
            let next =
                if cluster_check.is_terminated() { next_probe.min(next_check) } else { next_probe };
            // Do not wake up again at once for an end that has passed, while samples are too few or
            // an operator paused.
            let next = if ends > Instant::now() { next.min(ends) } else { next };
            tokio::select! {
                slept = context.sleep_until(next) => slept?,
                () = signals.until_steered() => {}
                checked = &mut cluster_check => checked?,
            }
            let (now, steering) = (Instant::now(), signals.steering());
            if steering.skip_hold {
                return Ok(watched.iter().map(|one| one.asked.finding(&one.series)).collect());
            }
            if now >= next_probe {
                next_probe = now + self.probing.rules.interval;
                self.probe(context, &mut watched).await?;
            }
            if now >= next_check && cluster_check.is_terminated() {
                next_check = now + self.poll_interval;
                // A paused hold has no deadline; a read has.
                cluster_check
                    .set(self.check_cluster(context, now.max(ends) + self.patience).fuse());
            }
            if now >= ends
                && !steering.paused
                && cluster_check.is_terminated()
                && let Some(findings) =
                    self.close(context, &watched, now >= ends + self.patience).await?
            {
                return Ok(findings);
            }
        }
    }

    /// The URLs that count at this stage. A service that was unhealthy before does not count
    /// against the candidate until it has all traffic.
    fn series<'a>(&self, context: &'a Context<'a>) -> Result<Vec<Watched<'a>>, StepError> {
        let tag_url = context
            .findings
            .tag_url
            .as_deref()
            .ok_or_else(|| StepError::failed("the candidate's own URL is not known"))?;
        let candidate = Watched {
            asked: Asked::Candidate,
            url: tag_url,
            series: Series::default(),
            is_first: true,
        };
        let service = Watched {
            asked: Asked::Service,
            url: context.service_url()?,
            series: Series::default(),
            is_first: true,
        };
        let service_counts = self.was_healthy || self.percent == Percent::FULL;
        Ok(std::iter::once(candidate).chain(service_counts.then_some(service)).collect())
    }

    async fn probe(
        &self,
        context: &Context<'_>,
        watched: &mut [Watched<'_>],
    ) -> Result<(), StepError> {
        let ask = watched.iter().map(|one| self.probing.ask(context.prober, one.url, one.is_first));
        let samples = futures_util::future::join_all(ask).await;
        for (one, sample) in watched.iter_mut().zip(samples) {
            one.is_first = false;
            one.series.take(sample);
        }
        let mut bad = watched
            .iter()
            .filter_map(|one| Some((one, one.series.bad_so_far(&self.probing.rules)?)));
        match bad.next() {
            Some((one, reason)) => Err(self.bad(context, watched, one, &reason).await),
            None => Ok(()),
        }
    }

    /// The error for a bad verdict on one URL. The numbers of the other URL are recorded first, for
    /// comparison.
    async fn bad(
        &self,
        context: &Context<'_>,
        watched: &[Watched<'_>],
        bad: &Watched<'_>,
        reason: &str,
    ) -> StepError {
        for other in watched.iter().filter(|one| one.asked != bad.asked) {
            context.learn(other.asked.finding(&other.series)).await;
        }
        self.probing.bad(context, bad.asked, bad.url, reason, &bad.series).await
    }

    /// Someone else's change, or a candidate that crashes while it is Ready.
    async fn check_cluster(&self, context: &Context<'_>, until: Instant) -> Result<(), StepError> {
        let generation = context.generation()?;
        let service = read_service(context, until).await?;
        if service.generation() != generation {
            return Err(yield_to_external_change(context, until, &service, generation).await);
        }
        match diagnose_pods(context, until).await?.filter(Diagnosis::is_crash) {
            Some(crash) => Err(StepError::Failed(with_probe(context, crash).await.in_words())),
            None => Ok(()),
        }
    }

    /// The verdict at the end of the hold; none while it may still wait for more samples.
    async fn close(
        &self,
        context: &Context<'_>,
        watched: &[Watched<'_>],
        is_last: bool,
    ) -> Result<Option<Vec<Observation>>, StepError> {
        let mut findings = Vec::new();
        for one in watched {
            let reason = match one.series.verdict(&self.probing.rules) {
                Verdict::Good { .. } => {
                    findings.push(one.asked.finding(&one.series));
                    continue;
                }
                Verdict::Inconclusive { .. } if !is_last => return Ok(None),
                Verdict::Inconclusive { reason, .. } => {
                    format!("no verdict at the end of the hold: {reason}")
                }
                Verdict::Bad { reason, .. } => reason,
            };
            return Err(self.bad(context, watched, one, &reason).await);
        }
        Ok(Some(findings))
    }
}

/// One probed URL.
struct Watched<'a> {
    asked: Asked,
    url: &'a str,
    series: Series,
    is_first: bool,
}
