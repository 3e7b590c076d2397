//! Counts records one by one.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use boathook_core::{
    deployment::{DeploymentId, Environment},
    health::{Figures, MetricNumbers, TIME_BOUNDS, Times},
    record::{
        Acceptance, CommandEvent, DeploymentEvent, Event, Origin, Outcome, Record, Status,
        StepEvent, WatchEvent, WithdrawalEvent,
    },
    rollout::Observation,
    state::{Deployment, State, Undoes, WatchProgress},
};
use jiff::Timestamp;

use crate::{
    journal::Journal,
    observers::metrics::{
        commands,
        counter::{Counter, Histogram},
        names,
        page::Page,
    },
};

/// The buckets for deployments, in seconds; a blue-green one holds for five minutes.
const OF_DEPLOYMENTS: &[f64] =
    &[5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0, 14400.0];
/// The buckets for steps and programs, in seconds.
const OF_STEPS: &[f64] = &[0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0];

/// The buckets for waits, in seconds; a wait lasts as long as other deployments run.
const OF_WAITS: &[f64] = &[0.1, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0];

/// Who withdrew a digest.
const OPERATOR: &str = "operator";
const ROLLBACK: &str = "rollback";

/// How watches end.
const WATCH_ENDS: [&str; 4] = ["clean", "bad", "replaced", "changed"];

/// A deployment that has not ended or is watched, and the programs that it runs.
#[derive(Debug)]
struct InProgress {
    deployment: Deployment,
    programs: BTreeMap<u32, &'static str>,
}

/// The counts.
#[derive(Debug)]
pub(super) struct Counts {
    /// The last record that is counted.
    pub(super) last: u64,
    under: HashMap<DeploymentId, InProgress>,
    accepted: Counter<1>,
    waits: Histogram<1>,
    ended: Counter<2>,
    durations: Histogram<2>,
    steps: Histogram<2>,
    rollbacks: Counter<1>,
    rollback_failures: Counter<1>,
    probes: Counter<3>,
    probe_times: Histogram<2>,
    metric_values: Counter<3>,
    commands: Counter<2>,
    programs: Histogram<1>,
    secrets: Counter<2>,
    withdrawn: Counter<1>,
    watches: Counter<2>,
}

impl Counts {
    /// Nothing is counted yet; deployments under way and watches are known.
    pub(super) fn new(journal: &Journal) -> Self {
        let last = journal.last_sequence();
        let live = journal.live().into_iter().chain(journal.watched());
        let under = live
            .map(|(id, deployment)| (id, InProgress::new(Deployment::clone(&deployment))))
            .collect();
        let mut counts = Self {
            last,
            under,
            accepted: Counter::new(names::ACCEPTED),
            waits: Histogram::new(names::WAITS, OF_WAITS),
            ended: Counter::new(names::ENDED),
            durations: Histogram::new(names::DURATIONS, OF_DEPLOYMENTS),
            steps: Histogram::new(names::STEPS, OF_STEPS),
            rollbacks: Counter::new(names::ROLLBACKS),
            rollback_failures: Counter::new(names::ROLLBACK_FAILURES),
            probes: Counter::new(names::PROBES),
            probe_times: Histogram::new(names::PROBE_TIMES, TIME_BOUNDS),
            metric_values: Counter::new(names::METRIC_VALUES),
            commands: Counter::new(names::COMMANDS),
            programs: Histogram::new(names::PROGRAMS, OF_STEPS),
            secrets: Counter::new(names::SECRETS),
            withdrawn: Counter::new(names::WITHDRAWN),
            watches: Counter::new(names::WATCHES),
        };
        for by in [OPERATOR, ROLLBACK] {
            counts.withdrawn.add([by], 0);
        }
        counts
    }

    /// Counts the records that are not counted yet.
    pub(super) fn count(&mut self, records: &[Arc<Record>]) {
        for record in records {
            if record.sequence > self.last {
                self.last = record.sequence;
                self.count_one(record);
            }
        }
    }

    pub(super) fn write(&self, page: &mut Page) {
        let Self {
            last: _,
            under: _,
            accepted,
            waits,
            ended,
            durations,
            steps,
            rollbacks,
            rollback_failures,
            probes,
            probe_times,
            metric_values,
            commands,
            programs,
            secrets,
            withdrawn,
            watches,
        } = self;
        page.counter(accepted);
        page.histogram(waits);
        page.counter(ended);
        page.histogram(durations);
        page.histogram(steps);
        page.counter(rollbacks);
        page.counter(rollback_failures);
        page.counter(probes);
        page.histogram(probe_times);
        page.counter(metric_values);
        page.counter(commands);
        page.histogram(programs);
        page.counter(secrets);
        page.counter(withdrawn);
        page.counter(watches);
    }

    /// A series that begins with its first event would hide it: an increase needs a value before
    /// it.
    pub(super) fn make_known(&mut self, environments: &[Environment]) {
        for environment in environments.iter().map(Environment::name) {
            for end in Status::ALL.into_iter().filter_map(Status::end) {
                self.ended.add([environment, end.name()], 0);
            }
            for end in WATCH_ENDS {
                self.watches.add([environment, end], 0);
            }
            for counter in [&mut self.accepted, &mut self.rollbacks, &mut self.rollback_failures] {
                counter.add([environment], 0);
            }
        }
    }

    fn count_one(&mut self, record: &Record) {
        if let Some(acceptance) = record.event.acceptance() {
            self.accept(acceptance);
            if let Ok(deployment) = Deployment::begin(record) {
                self.under.insert(record.deployment.clone(), InProgress::new(deployment));
            }
            return;
        }
        if let Event::Withdrawal(WithdrawalEvent::Withdrawn(withdrawal)) = &record.event {
            let by = if withdrawal.by().is_some() { OPERATOR } else { ROLLBACK };
            self.withdrawn.add([by], 1);
        }
        let Some(mut under) = self.under.remove(&record.deployment) else { return };
        self.note(&mut under, record);
        let environment = under.deployment.acceptance.request.environment;
        let went_forward = matches!(under.deployment.state, State::Deploying(_));
        // The journal accepts only what can follow.
        let Ok(deployment) = under.deployment.apply(record.at, &record.event) else { return };
        let returns = matches!(&deployment.state, State::RollingBack(_, rollback) if rollback.undoes == Undoes::Everything);
        if went_forward && returns {
            self.rollbacks.add([environment.name()], 1);
        }
        if !matches!(deployment.state, State::Ended(_)) || may_be_watched(&deployment) {
            self.under.insert(record.deployment.clone(), InProgress { deployment, ..under });
        }
    }

    fn accept(&mut self, acceptance: &Acceptance) {
        let environment = acceptance.request.environment.name();
        self.accepted.add([environment], 1);
        if acceptance.origin == Origin::Requested {
            self.secrets.add([environment, &acceptance.signed_by], 1);
        }
    }

    /// Counts a record; `deployment` is the state before it.
    fn note(&mut self, under: &mut InProgress, record: &Record) {
        match &record.event {
            Event::Deployment(event) => {
                if matches!(event, DeploymentEvent::Started) {
                    self.begin(under, record.at);
                }
                if let Some(end) = record.event.outcome() {
                    self.end(under, end, record.at);
                }
            }
            Event::Step(event) => self.note_step(under, event, record.at),
            Event::Command(event) => self.note_command(under, event),
            Event::Watch(event) => self.note_watch(under, event),
            Event::Promotion(_) | Event::Lock(_) | Event::Hold(_) | Event::Withdrawal(_) => {}
        }
    }

    fn note_watch(&mut self, under: &InProgress, event: &WatchEvent) {
        if let WatchEvent::WatchEnded { end, figures } = event {
            self.watches.add([under.environment(), end.name()], 1);
            let Figures { samples, failures, times } = figures;
            self.probed(under, "service", [*samples, *failures], times);
        }
    }

    fn note_step(&mut self, under: &InProgress, event: &StepEvent, at: Timestamp) {
        if let Some(result) = event.result() {
            self.step(under, if result.is_ok() { "done" } else { "failed" }, at);
        }
        if matches!(event, StepEvent::RollbackFailed { .. }) {
            self.rollback_failures.add([under.environment()], 1);
        }
        self.learn(under, event.findings().unwrap_or_default());
    }

    fn note_command(&mut self, under: &mut InProgress, event: &CommandEvent) {
        if let CommandEvent::CommandStarted { command, argv } = event {
            under.programs.insert(*command, commands::program(argv));
        }
        if let CommandEvent::CommandEnded { command, exit, duration_ms, .. } = event {
            let program = under.programs.remove(command).unwrap_or("other");
            self.commands.add([program, commands::exit(exit)], 1);
            self.programs.note([program], Duration::from_millis(*duration_ms));
        }
    }

    /// It waited since its acceptance, its approval or the opening of its deployment window.
    fn begin(&mut self, under: &InProgress, at: Timestamp) {
        let Deployment { accepted_at, approvals, opened_at, .. } = &under.deployment;
        let approved_at = approvals.last().map_or(*accepted_at, |last| last.at);
        let since = opened_at.unwrap_or(approved_at);
        self.waits.note([under.environment()], between(since, at));
    }

    fn end(&mut self, under: &InProgress, end: Outcome, at: Timestamp) {
        let labels = [under.environment(), end.name()];
        self.ended.add(labels, 1);
        self.durations.note(labels, between(under.deployment.accepted_at, at));
    }

    fn step(&mut self, under: &InProgress, result: &str, at: Timestamp) {
        if let Some((step, began)) = under.step() {
            self.steps.note([step, result], between(began, at));
        }
    }

    fn learn(&mut self, under: &InProgress, findings: &[Observation]) {
        for finding in findings {
            if let Observation::Health { of, numbers, times } = finding {
                let of = if of == "candidate" { "candidate" } else { "service" };
                self.probed(under, of, [numbers.samples, numbers.failures], times);
            }
            if let Observation::Metric { name, numbers } = finding {
                self.valued(under, name, numbers);
            }
        }
    }

    /// Counts values of a metric, by what they were.
    fn valued(&mut self, under: &InProgress, name: &str, numbers: &MetricNumbers) {
        let MetricNumbers { points, failures, without_value, .. } = numbers;
        let environment = under.environment();
        let within = points.saturating_sub(*failures);
        for (result, count) in [("within", within), ("beyond", *failures), ("none", *without_value)]
        {
            self.metric_values.add([environment, name, result], count);
        }
    }

    /// Counts samples, and those of them that failed.
    fn probed(&mut self, under: &InProgress, of: &str, [all, failed]: [u64; 2], times: &Times) {
        let environment = under.environment();
        self.probes.add([environment, of, "healthy"], all.saturating_sub(failed));
        self.probes.add([environment, of, "unhealthy"], failed);
        if !times.is_empty() {
            let sum = Duration::from_millis(times.sum_ms);
            self.probe_times.add([environment, of], &times.counts, sum);
        }
    }
}

impl InProgress {
    const fn new(deployment: Deployment) -> Self {
        Self { deployment, programs: BTreeMap::new() }
    }

    fn environment(&self) -> &str {
        self.deployment.acceptance.request.environment.name()
    }

    /// The step under way, and when it began.
    fn step(&self) -> Option<(&'static str, Timestamp)> {
        let (progress, steps) = match &self.deployment.state {
            State::Deploying(progress) => (progress, &progress.plan.steps),
            State::RollingBack(progress, _) => (progress, &progress.plan.rollback),
            State::AwaitingApproval { .. }
            | State::AwaitingWindow { .. }
            | State::Queued
            | State::Planning(_)
            | State::Closing(_)
            | State::Ended(_) => return None,
        };
        Some((steps.get(progress.next)?.name(), progress.began?))
    }
}

/// Whether its watch goes on, or begins with the next record.
fn may_be_watched(deployment: &Deployment) -> bool {
    let progress = deployment.watch.as_ref().map(|watch| &watch.progress);
    match progress {
        Some(WatchProgress::Planned) => deployment.succeeded(),
        Some(WatchProgress::Watching { .. }) => true,
        Some(WatchProgress::Over { .. }) | None => false,
    }
}

/// The duration; none if the clock was set back meanwhile.
fn between(from: Timestamp, to: Timestamp) -> Duration {
    to.duration_since(from).try_into().unwrap_or_default()
}
