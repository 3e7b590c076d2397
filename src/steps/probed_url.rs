//! Probing one URL of the service until there is a verdict; shared by the steps that probe.

use boathook_core::{
    health::{Comparison, Figures, Judged, Prober, Series, Verdict},
    rollout::{Observation, Probing},
};
use futures_util::future::join_all;
use tokio::time::Instant;

use crate::steps::{Context, StepError};

/// Which URL is probed, for the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProbeTarget {
    /// The candidate's own, by its tag.
    Candidate,
    /// The service's own, which users use.
    Service,
}

impl ProbeTarget {
    const fn name(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Service => "service",
        }
    }
}

/// A URL, and the samples that were taken of it.
pub(crate) struct ProbedUrl<'a> {
    probing: &'a Probing,
    pub(crate) target: ProbeTarget,
    url: &'a str,
    series: Series,
    /// The first probe may take a cold start.
    is_first: bool,
    /// Samples that are taken though fewer would do for a verdict.
    at_least: u32,
    /// All samples, also those that the series has forgotten.
    figures: Figures,
    /// The number of the last sample that failed though something was reached.
    reached_at: Option<u64>,
    /// The number of the last one that failed because nothing was.
    unreached_at: Option<u64>,
}

impl<'a> ProbedUrl<'a> {
    pub(crate) fn new(probing: &'a Probing, target: ProbeTarget, url: &'a str) -> Self {
        Self {
            probing,
            target,
            url,
            series: Series::default(),
            is_first: true,
            at_least: 0,
            figures: Figures::default(),
            reached_at: None,
            unreached_at: None,
        }
    }

    /// The same, with this many samples.
    pub(crate) fn at_least(self, samples: u32) -> Self {
        Self { at_least: samples, ..self }
    }

    /// Takes one more sample.
    pub(crate) async fn sample(&mut self, prober: &dyn Prober) {
        let is_first = std::mem::take(&mut self.is_first);
        let sample = probe(self.probing, prober, self.url, is_first).await;
        self.figures.count(&sample);
        let hung = sample.latency >= self.probing.rules.timeout;
        if sample.failure.is_some() {
            let was_reached = sample.answered || hung;
            let at = if was_reached { &mut self.reached_at } else { &mut self.unreached_at };
            *at = Some(self.figures.samples);
        }
        self.series.take(sample);
    }

    /// Whether the series is so long, without what it begins with after [`Self::forget`].
    pub(crate) fn is_longer_than(&self, samples: usize) -> bool {
        self.series.len() >= samples.saturating_add(self.needed_later())
    }

    /// Lets the series begin anew, with the samples that the rules about the last ones need.
    pub(crate) fn forget(&mut self) {
        self.series = self.series.going_on(self.needed_later());
    }

    /// Lets the series begin anew, without any sample.
    pub(crate) fn begin_anew(&mut self) {
        self.series = Series::default();
    }

    /// Whether its last failures are all of a gateway that could not be reached: no connection, or
    /// no address. What hangs was reached.
    pub(crate) fn is_unreached(&self) -> bool {
        let lately = self.needed_later() as u64;
        let is_late = |at: u64| self.figures.samples - at < lately;
        self.unreached_at.is_some_and(is_late) && !self.reached_at.is_some_and(is_late)
    }

    fn needed_later(&self) -> usize {
        let rules = &self.probing.rules;
        let needed = rules.window.of.max(rules.consecutive_failures);
        usize::try_from(needed).unwrap_or(usize::MAX)
    }

    /// All samples in figures.
    pub(crate) fn into_figures(self) -> Figures {
        self.figures
    }

    /// Why it is bad already, before the end of the series.
    pub(crate) fn bad_so_far(&self) -> Option<String> {
        self.series.bad_so_far(&self.probing.rules)
    }

    /// What the samples so far mean.
    pub(crate) fn judge(&self) -> Verdict {
        self.series.verdict(&self.probing.rules)
    }

    /// The numbers so far.
    pub(crate) fn finding(&self) -> Observation {
        Observation::Health {
            of: self.target.name().to_owned(),
            numbers: self.series.numbers(),
            times: self.series.times(),
        }
    }

    /// The numbers before the end of the series.
    pub(crate) fn so_far(&self) -> Observation {
        Observation::HealthSoFar {
            of: self.target.name().to_owned(),
            numbers: self.series.numbers(),
        }
    }

    /// What is recorded of a series that was not bad.
    pub(crate) fn findings(&self) -> Vec<Observation> {
        let warning = self.series.warning(&self.probing.rules).map(|warning| {
            Observation::Note(format!("{}: {warning}", self.probing.shown(self.url)))
        });
        [self.finding()].into_iter().chain(warning).collect()
    }

    /// Why it is far slower than stable, if it is.
    pub(crate) fn far_slower_than(&self, stable: &Self, rule: Comparison) -> Option<String> {
        self.series.far_slower_than(&stable.series, rule)
    }

    /// Takes as many samples as a verdict needs, whatever they are.
    pub(crate) async fn measure(&mut self, context: &Context<'_>) -> Result<(), StepError> {
        let Probing { rules, deadline, .. } = self.probing;
        let until = Instant::now() + *deadline;
        let mut next = Instant::now();
        for _ in 0..rules.min_samples.max(self.at_least) {
            if next > until {
                break;
            }
            context.sleep_until(next).await?;
            next = Instant::now() + rules.interval;
            self.sample(context.prober).await;
        }
        Ok(())
    }

    /// The error for a bad verdict; its numbers are recorded first.
    pub(crate) async fn failed(&self, context: &Context<'_>, reason: &str) -> StepError {
        context.learn(self.finding()).await;
        StepError::Failed(self.not_well(reason))
    }

    /// A bad verdict in words.
    pub(crate) fn not_well(&self, reason: &str) -> String {
        let Self { probing, url, .. } = self;
        let hint = probing.hint(self.series.redirects_to_https());
        format!("{} is not well: {reason}{hint}", probing.shown(url))
    }

    /// Probes until there are enough samples for a verdict, or the deadline has passed.
    pub(crate) async fn verdict(&mut self, context: &Context<'_>) -> Result<(), StepError> {
        let Probing { rules, deadline, .. } = self.probing;
        let until = Instant::now() + *deadline;
        let mut next = Instant::now();
        loop {
            context.sleep_until(next).await?;
            next = Instant::now() + rules.interval;
            self.sample(context.prober).await;
            if let Some(reason) = self.bad_so_far() {
                return Err(self.failed(context, &reason).await);
            }
            match self.judge() {
                Verdict::Good { numbers }
                    if next <= until
                        && (self.series.is_open(rules)
                            || numbers.samples < u64::from(self.at_least)) => {}
                Verdict::Good { .. } => return Ok(()),
                Verdict::Bad { reason, .. } => return Err(self.failed(context, &reason).await),
                Verdict::Inconclusive { reason, .. } if next > until => {
                    let reason = format!("no verdict within {} s: {reason}", deadline.as_secs());
                    return Err(self.failed(context, &reason).await);
                }
                Verdict::Inconclusive { reason, .. } => context.waits.report(&reason).await,
            }
        }
    }
}

/// Probes all paths once, at the same time.
pub async fn probe(probing: &Probing, prober: &dyn Prober, url: &str, is_first: bool) -> Judged {
    let requests = match probing.requests(url, is_first) {
        Ok(requests) => requests,
        Err(why) => return Judged::unasked(why),
    };
    let samples = join_all(requests.into_iter().map(|request| prober.probe(request))).await;
    // gRPC has one probe and no paths.
    let paths = probing.rules.paths.iter().map(String::as_str).chain([""]);
    Judged::of_paths(&paths.zip(samples).collect::<Vec<_>>(), &probing.rules)
}
