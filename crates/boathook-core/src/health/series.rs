//! Samples in order, and their verdict. Pure: the same samples under the same rules give the same
//! verdict.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::health::{Comparison, Judged, Mode, Rules, Sample, Times};

/// Every sample taken while one stage was held, already judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    samples: Vec<Judged>,
}

/// The verdict on a series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
pub enum Verdict {
    /// Healthy under every rule.
    Good {
        /// What was measured.
        numbers: Numbers,
    },
    /// Unhealthy: roll back.
    Bad {
        /// The broken rule, and how it was broken.
        reason: String,
        /// What was measured.
        numbers: Numbers,
    },
    /// There are too few samples for a verdict.
    Inconclusive {
        /// What is missing.
        reason: String,
        /// What was measured.
        numbers: Numbers,
    },
}

/// A series in figures. Response times count failed samples too: a time-out is a slow answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Numbers {
    /// How many samples there are.
    pub samples: u64,
    /// How many of them were unhealthy.
    pub failures: u64,
    /// The median response time in milliseconds.
    pub p50_ms: u64,
    /// The 95th percentile of response times in milliseconds.
    pub p95_ms: u64,
    /// The longest response time in milliseconds.
    pub max_ms: u64,
    /// Why the latest failed sample was unhealthy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<String>,
}

impl Numbers {
    /// The numbers with the texts changed that may quote applications.
    #[must_use]
    pub fn map_text(self, change: impl FnOnce(String) -> String) -> Self {
        Self { last_failure: self.last_failure.map(change), ..self }
    }
}

impl Series {
    /// Adds the next sample, judged by `rules`.
    pub fn push(&mut self, sample: &Sample, rules: &Rules) {
        self.take(Judged::of(sample, rules));
    }

    /// Adds the next sample, which is already judged.
    pub fn take(&mut self, sample: Judged) {
        self.samples.push(sample);
    }

    /// Called after every sample: why to roll back at once, without waiting for the end of the
    /// hold. Once bad, a series stays bad.
    #[must_use]
    pub fn bad_so_far(&self, rules: &Rules) -> Option<String> {
        (1..=self.samples.len()).find_map(|seen| {
            let seen = &self.samples[..seen];
            too_many_in_a_row(seen, rules).or_else(|| too_many_lately(seen, rules))
        })
    }

    /// Called at the end of a hold.
    #[must_use]
    pub fn verdict(&self, rules: &Rules) -> Verdict {
        let numbers = self.numbers();
        let bad = self.bad_so_far(rules);
        if bad.is_none()
            && (self.samples.is_empty() || numbers.samples < u64::from(rules.min_samples))
        {
            let reason = format!(
                "{} samples, at least {} are needed",
                numbers.samples,
                rules.min_samples.max(1)
            );
            return Verdict::Inconclusive { reason, numbers };
        }
        let too_slow = || self.too_slow(rules, Mode::Fail);
        match bad.or_else(|| none_healthy(&numbers)).or_else(too_slow) {
            Some(reason) => Verdict::Bad { reason, numbers },
            None => Verdict::Good { numbers },
        }
    }

    /// How many samples there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// A series that begins with the last samples of this one.
    #[must_use]
    pub fn going_on(&self, count: usize) -> Self {
        Self { samples: self.samples[self.samples.len().saturating_sub(count)..].to_vec() }
    }

    /// Whether something failed, and there are fewer samples than the rule about the last samples
    /// needs: a few more good answers would not distinguish a transient failure from a program that
    /// fails every second request.
    #[must_use]
    pub fn is_open(&self, rules: &Rules) -> bool {
        let lately = usize::try_from(rules.window.of).unwrap_or(usize::MAX);
        rules.window.failures > 0
            && self.samples.len() < lately
            && self.samples.iter().any(|sample| sample.failure.is_some())
    }

    /// Called at the end of a hold: what operators should know of a series that is good.
    #[must_use]
    pub fn warning(&self, rules: &Rules) -> Option<String> {
        self.too_slow(rules, Mode::Warn)
    }

    /// Why this series is far slower than that of stable. Only good answers are compared: an error
    /// may come at once. The first sample of each may have started a revision from zero, and does
    /// not count.
    #[must_use]
    pub fn far_slower_than(&self, stable: &Self, rule: Comparison) -> Option<String> {
        let Comparison { percentile: percent, times, at_least, mode: _ } = rule;
        let warm = |series: &Self| {
            let good = series.samples.get(1..)?.iter().filter(|sample| sample.failure.is_none());
            let warm = sorted(good);
            (!warm.is_empty()).then(|| percentile(&warm, percent))
        };
        let candidate = warm(self)?;
        let stable = warm(stable)?;
        let is_slower = candidate > stable.saturating_mul(u64::from(times))
            && candidate - stable >= milliseconds(at_least);
        is_slower.then(|| {
            format!(
                "the new revision is far slower than the one that serves: {percent} % of its \
                 answers took up to {candidate} ms, of the other's up to {stable} ms"
            )
        })
    }

    /// The series in figures.
    #[must_use]
    pub fn numbers(&self) -> Numbers {
        let latencies = sorted(&self.samples);
        let failures = || self.samples.iter().filter_map(|sample| sample.failure.as_ref());
        Numbers {
            samples: self.samples.len() as u64,
            failures: failures().count() as u64,
            p50_ms: percentile(&latencies, 50),
            p95_ms: percentile(&latencies, 95),
            max_ms: percentile(&latencies, 100),
            last_failure: failures().next_back().cloned(),
        }
    }

    /// Whether the last sample that was not well was led to https.
    #[must_use]
    pub fn redirects_to_https(&self) -> bool {
        let last = self.samples.iter().rfind(|sample| sample.failure.is_some());
        last.is_some_and(|sample| sample.redirects_to_https)
    }

    /// How long its answers took.
    #[must_use]
    pub fn times(&self) -> Times {
        Times::of(self.samples.iter().map(|sample| sample.latency))
    }

    /// The first sample may have started a revision from zero, and does not count if there are
    /// more.
    fn too_slow(&self, rules: &Rules, mode: Mode) -> Option<String> {
        let limit = rules.latency.filter(|limit| limit.mode == mode)?;
        let warm = self.samples.get(1..).filter(|rest| !rest.is_empty()).unwrap_or(&self.samples);
        let measured = percentile(&sorted(warm), limit.percentile);
        let allowed = milliseconds(limit.limit);
        (measured > allowed).then(|| {
            format!(
                "{} % of {} answers took up to {measured} ms, allowed are {allowed} ms",
                limit.percentile,
                warm.len()
            )
        })
    }
}

impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { samples, failures, p50_ms, p95_ms, max_ms: _, last_failure: _ } = self;
        write!(
            f,
            "{failures} of {samples} probes failed, median {p50_ms} ms, 95 % within {p95_ms} ms"
        )
    }
}

impl Verdict {
    /// What was measured.
    #[must_use]
    pub const fn numbers(&self) -> &Numbers {
        match self {
            Self::Good { numbers }
            | Self::Bad { numbers, .. }
            | Self::Inconclusive { numbers, .. } => numbers,
        }
    }
}

fn too_many_in_a_row(seen: &[Judged], rules: &Rules) -> Option<String> {
    let row = seen.iter().rev().map_while(|sample| sample.failure.as_ref());
    let allowed =
        usize::try_from(rules.consecutive_failures).ok().filter(|allowed| *allowed > 0)?;
    (row.clone().count() >= allowed)
        .then(|| format!("{allowed} failures in a row, the last: {}", last(row)))
}

fn too_many_lately(seen: &[Judged], rules: &Rules) -> Option<String> {
    let allowed = usize::try_from(rules.window.failures).ok()?;
    let of = usize::try_from(rules.window.of).ok()?;
    let lately = seen.iter().rev().take(of).filter_map(|sample| sample.failure.as_ref());
    (allowed > 0 && lately.clone().count() >= allowed).then(|| {
        format!(
            "{allowed} of the last {} samples failed, the last: {}",
            seen.len().min(of),
            last(lately)
        )
    })
}

fn none_healthy(numbers: &Numbers) -> Option<String> {
    let reason = numbers.last_failure.as_deref().filter(|_| numbers.failures == numbers.samples)?;
    Some(format!("no sample was well, the last: {reason}"))
}

/// The latest failure of those, which come latest first.
fn last<'a>(mut failures: impl Iterator<Item = &'a String>) -> &'a str {
    failures.next().map_or("", String::as_str)
}

fn sorted<'s>(samples: impl IntoIterator<Item = &'s Judged>) -> Vec<u64> {
    let mut latencies: Vec<u64> =
        samples.into_iter().map(|sample| milliseconds(sample.latency)).collect();
    latencies.sort_unstable();
    latencies
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The smallest value that at least `percent` of the sorted values do not exceed (nearest rank); 0
/// if there is none.
fn percentile(sorted: &[u64], percent: u8) -> u64 {
    let rank = (sorted.len() * usize::from(percent)).div_ceil(100).max(1);
    sorted.get(rank - 1).or(sorted.last()).copied().unwrap_or(0)
}
