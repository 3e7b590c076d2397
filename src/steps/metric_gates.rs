//! The metrics that are asked for during a hold, each at its own interval: one that gets no answer
//! delays no other.

use std::{future::pending, pin::pin, time::Duration};

use boathook_core::{
    clock::Clock,
    health::{
        Finite, MetricNames, MetricNumbers, MetricPoint, MetricRule, MetricSeries, MetricVerdict,
        Mode, OnInconclusive, ProbeRequest, Prober, metric_value,
    },
    rollout::{Observation, Steering, steps::Hold},
};
use futures_util::{
    FutureExt, StreamExt,
    future::{BoxFuture, OptionFuture, join},
    stream::FuturesUnordered,
};
use tokio::time::{Instant, sleep_until};

use crate::steps::{Context, StepError};

/// The metrics of one hold.
pub(super) struct MetricGates<'a> {
    context: &'a Context<'a>,
    gates: Vec<MetricGate<'a>>,
    asked: FuturesUnordered<BoxFuture<'a, MetricAnswer>>,
    /// No question is asked after this time, unless an operator pauses the hold.
    last: Instant,
}

/// One metric, what is asked for it, and what came.
struct MetricGate<'a> {
    rule: &'a MetricRule,
    candidate: ProbeRequest,
    /// Where the candidate is compared.
    stable: Option<ProbeRequest>,
    next: Instant,
    is_asked: bool,
    series: MetricSeries,
    /// The numbers as they were last recorded.
    recorded: MetricNumbers,
}

/// An answer, with the place of its metric.
pub(super) struct MetricAnswer(usize, MetricPoint);

/// What the metrics come to at the end of a hold.
pub(super) enum MetricsEnd {
    /// What is recorded.
    Passed(Vec<Observation>),
    /// There are too few values of one of them, and more may come.
    TooFew(String),
    /// One of them is why to roll back.
    Bad(String),
}

impl<'a> MetricGates<'a> {
    /// The metrics of a hold that waits for a verdict until `last`. After a restart they begin
    /// anew, and have the time that they need once more.
    pub(super) fn new(
        step: &'a Hold,
        context: &'a Context<'_>,
        last: Instant,
    ) -> Result<Self, StepError> {
        let now = Instant::now();
        let elapsed = context.elapsed();
        let gate = |rule: &'a MetricRule| {
            let stable = context.stable()?;
            let names = MetricNames {
                revision: context.candidate()?,
                stable,
                service: &context.plan.service,
            };
            let compared = MetricNames { revision: stable, ..names };
            Ok(MetricGate {
                rule,
                candidate: rule.prometheus.request(&names),
                stable: rule.relative_to_stable.map(|_| rule.prometheus.request(&compared)),
                next: now + rule.interval.max(step.delay).saturating_sub(elapsed),
                is_asked: false,
                series: MetricSeries::default(),
                recorded: MetricNumbers::default(),
            })
        };
        let gates = step.metrics.iter().map(gate).collect::<Result<Vec<_>, StepError>>()?;
        let allowed = step.duration + step.patience;
        let promised = gates.iter().filter(|gate| gate.rule.needs(step.delay) <= allowed);
        let last = promised.map(MetricGate::enough).fold(last, Instant::max);
        Ok(Self { context, gates, asked: FuturesUnordered::new(), last })
    }

    /// When the next question is due, if any is.
    pub(super) fn next(&self, steering: &Steering) -> Option<Instant> {
        let free = self.gates.iter().filter(|gate| !gate.is_asked);
        let next = free.map(|gate| gate.next).min();
        next.filter(|next| *next <= self.last || steering.paused)
    }

    /// Asks what is due.
    pub(super) fn ask(&mut self, steering: &Steering) {
        let now = Instant::now();
        while self.next(steering).is_some_and(|next| next <= now) {
            let due = self.gates.iter_mut().enumerate().filter(|(_, gate)| !gate.is_asked);
            let Some((index, gate)) = due.min_by_key(|(_, gate)| gate.next) else { return };
            gate.is_asked = true;
            gate.next = now.max(gate.next + gate.rule.interval);
            let Context { prober, clock, .. } = *self.context;
            let candidate = gate.candidate.clone();
            let stable = gate.stable.clone();
            self.asked.push(answer(index, candidate, stable, prober, clock).boxed());
        }
    }

    /// The next answer; none comes while nothing is asked.
    pub(super) async fn answered(&mut self) -> MetricAnswer {
        match self.asked.next().await {
            Some(answer) => answer,
            None => pending().await,
        }
    }

    /// Takes an answer in.
    pub(super) fn take(&mut self, MetricAnswer(index, point): MetricAnswer) {
        if let Some(gate) = self.gates.get_mut(index) {
            gate.is_asked = false;
            gate.series.take(point, gate.rule);
        }
    }

    /// Asks and listens until something else is done, or a metric is bad.
    pub(super) async fn meanwhile(
        &mut self,
        steering: &Steering,
        other: impl Future<Output = Vec<()>>,
    ) {
        let mut other = pin!(other);
        while self.bad_so_far().is_none() {
            self.ask(steering);
            let due = self.next(steering);
            tokio::select! {
                _ = &mut other => return,
                answer = self.answered() => self.take(answer),
                () = OptionFuture::from(due.map(sleep_until)).map(drop), if due.is_some() => {}
            }
        }
    }

    /// Why to roll back at once, if one of them is bad.
    pub(super) fn bad_so_far(&self) -> Option<String> {
        let failing = self.gates.iter().filter(|gate| gate.rule.mode == Mode::Fail);
        failing.filter_map(|gate| Some(gate.words(gate.series.bad_so_far()?))).next()
    }

    /// The numbers that changed since they were recorded last.
    pub(super) fn so_far(&mut self) -> Vec<Observation> {
        let changed = self.gates.iter_mut().filter(|gate| gate.recorded != *gate.series.numbers());
        let recorded = changed.map(|gate| {
            gate.recorded = gate.series.numbers().clone();
            let name = gate.rule.name.clone();
            let numbers = gate.recorded.clone();
            Observation::MetricSoFar { name, numbers }
        });
        recorded.collect()
    }

    /// The numbers.
    pub(super) fn findings(&self) -> Vec<Observation> {
        let finding = |gate: &MetricGate<'_>| Observation::Metric {
            name: gate.rule.name.clone(),
            numbers: gate.series.numbers().clone(),
        };
        self.gates.iter().map(finding).collect()
    }

    /// What is recorded of a hold whose rest an operator skips.
    pub(super) fn skipped(&self) -> Vec<Observation> {
        let note = |gate: &MetricGate<'_>| match gate.series.verdict(gate.rule) {
            MetricVerdict::Good => None,
            MetricVerdict::Bad(breach) => Some(gate.words(&breach)),
            MetricVerdict::Inconclusive(why) => {
                Some(format!("not judged, since the hold was skipped: {}", gate.words(&why)))
            }
        };
        let notes = self.gates.iter().filter_map(note).map(Observation::Note);
        self.findings().into_iter().chain(notes).collect()
    }

    /// What they come to at the end of a hold.
    pub(super) fn end(&self, steering: &Steering) -> MetricsEnd {
        let may_come = self.next(steering).is_some() || !self.asked.is_empty();
        let mut notes = Vec::new();
        for gate in &self.gates {
            let MetricRule { mode, on_inconclusive, .. } = gate.rule;
            match (gate.series.verdict(gate.rule), mode, on_inconclusive) {
                (MetricVerdict::Good, ..) => {}
                (MetricVerdict::Bad(breach), Mode::Fail, _) => {
                    return MetricsEnd::Bad(gate.words(&breach));
                }
                (MetricVerdict::Bad(breach), Mode::Warn, _) => notes.push(gate.words(&breach)),
                (MetricVerdict::Inconclusive(why), Mode::Fail, _) if may_come => {
                    return MetricsEnd::TooFew(gate.words(&why));
                }
                (MetricVerdict::Inconclusive(why), Mode::Fail, OnInconclusive::Rollback) => {
                    let why = gate.words(&why);
                    return MetricsEnd::Bad(format!("no verdict at the end of the hold: {why}"));
                }
                (MetricVerdict::Inconclusive(why), ..) => {
                    notes.push(format!("not judged: {}", gate.words(&why)));
                }
            }
        }
        let notes = notes.into_iter().map(Observation::Note);
        MetricsEnd::Passed(self.findings().into_iter().chain(notes).collect())
    }
}

impl MetricGate<'_> {
    fn words(&self, what: &str) -> String {
        format!("metric {}: {what}", self.rule.name)
    }

    /// When there can be enough values.
    fn enough(&self) -> Instant {
        let more: Duration = self.rule.interval.saturating_mul(self.rule.points.saturating_sub(1));
        self.next + more
    }
}

async fn answer(
    index: usize,
    candidate: ProbeRequest,
    stable: Option<ProbeRequest>,
    prober: &dyn Prober,
    clock: &Clock,
) -> MetricAnswer {
    let stable = OptionFuture::from(stable.map(|request| value(request, prober, clock)));
    let (candidate, stable) = join(value(candidate, prober, clock), stable).await;
    MetricAnswer(index, MetricPoint { candidate, stable })
}

async fn value(
    request: ProbeRequest,
    prober: &dyn Prober,
    clock: &Clock,
) -> Result<Finite, String> {
    let sample = prober.probe(request).await;
    metric_value(sample, clock.now()).map_err(|why| why.to_string())
}
