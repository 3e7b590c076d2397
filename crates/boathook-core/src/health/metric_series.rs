//! The values of one metric in order, and their verdict. Pure: the same values under the same rule
//! give the same verdict.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::health::{Finite, MetricRule, RelativeLimit};

/// One question with its answer: a number, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricPoint {
    /// The candidate's.
    pub candidate: Result<Finite, String>,
    /// Stable's, where it is compared.
    pub stable: Option<Result<Finite, String>>,
}

/// What a metric came to in one hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetricSeries {
    numbers: MetricNumbers,
    /// How many of the last values were beyond `max` or `min`, without another among them.
    beyond: u32,
    /// How many of the last values that were compared with stable's were too large.
    far: u32,
    /// Why it is bad; once bad, a series stays bad.
    bad: Option<String>,
}

/// A series of values in figures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricNumbers {
    /// How many values came.
    pub points: u64,
    /// How many of them were beyond a limit.
    pub failures: u64,
    /// How often no value came.
    pub without_value: u64,
    /// The last value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Finite>,
    /// Stable's at the same time, if it was compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stable: Option<Finite>,
    /// Why no value came the last time that none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_trouble: Option<String>,
}

/// The verdict on a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetricVerdict {
    /// Within the limits.
    Good,
    /// Beyond a limit, and which.
    Bad(String),
    /// What is missing for a verdict.
    Inconclusive(String),
}

impl MetricNumbers {
    /// The numbers with the texts changed that may quote servers.
    #[must_use]
    pub fn map_text(self, change: impl FnOnce(String) -> String) -> Self {
        Self { last_trouble: self.last_trouble.map(change), ..self }
    }

    /// Counts a value.
    fn count(&mut self, value: Finite, stable: Option<Finite>, is_bad: bool) {
        self.points += 1;
        self.failures += u64::from(is_bad);
        self.last = Some(value);
        self.stable = stable;
    }

    /// Counts a question without a value.
    fn lack(&mut self, why: String) {
        self.without_value += 1;
        self.last_trouble = Some(why);
    }
}

impl fmt::Display for MetricNumbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { points, failures, without_value, last, stable, last_trouble } = self;
        match last {
            Some(value) => write!(f, "{value}")?,
            None => f.write_str("no value")?,
        }
        if let Some(stable) = stable {
            write!(f, " (stable {stable})")?;
        }
        write!(f, ", {failures} of {points} values beyond the limit")?;
        match last_trouble {
            Some(why) => write!(f, ", {without_value} times no value: {why}"),
            None => Ok(()),
        }
    }
}

impl MetricSeries {
    /// Adds the next answer, judged by `rule`. What says nothing of a limit neither adds to its row
    /// nor ends it.
    pub fn take(&mut self, point: MetricPoint, rule: &MetricRule) {
        let MetricPoint { candidate, stable } = point;
        let value = match candidate {
            Ok(value) => value,
            Err(why) => return self.numbers.lack(why),
        };
        let beyond = beyond(value, rule);
        self.beyond = if beyond.is_some() { self.beyond.saturating_add(1) } else { 0 };
        let far = match &stable {
            None => None,
            Some(Ok(stable)) => {
                let far = far_from(value, *stable, rule);
                self.far = if far.is_some() { self.far.saturating_add(1) } else { 0 };
                far
            }
            Some(Err(why)) if beyond.is_none() => {
                return self.numbers.lack(format!("of stable: {why}"));
            }
            Some(Err(_)) => None,
        };
        self.numbers.count(value, stable.and_then(Result::ok), beyond.is_some() || far.is_some());
        let rows = [(beyond, self.beyond), (far, self.far)];
        let broken = rows.into_iter().find(|(_, row)| *row >= rule.consecutive_failures);
        if let (None, Some((Some(breach), row))) = (&self.bad, broken) {
            let times = if row > 1 { format!(", {row} times in a row") } else { String::new() };
            self.bad = Some(breach + &times);
        }
    }

    /// Called after every answer: why it is bad, without waiting for the end of the hold.
    #[must_use]
    pub fn bad_so_far(&self) -> Option<&str> {
        self.bad.as_deref()
    }

    /// Called at the end of a hold.
    #[must_use]
    pub fn verdict(&self, rule: &MetricRule) -> MetricVerdict {
        let MetricNumbers { points, without_value, last_trouble, .. } = &self.numbers;
        if let Some(reason) = &self.bad {
            return MetricVerdict::Bad(reason.clone());
        }
        if *points < u64::from(rule.points) {
            let trouble = match (without_value, last_trouble) {
                (0, _) | (_, None) => String::new(),
                (_, Some(why)) => format!("; without one {without_value} times, the last: {why}"),
            };
            return MetricVerdict::Inconclusive(format!(
                "{points} of at least {} values{trouble}",
                rule.points
            ));
        }
        if self.beyond > 0 || self.far > 0 {
            return MetricVerdict::Inconclusive(
                "the last value was beyond the limit, and the next decides".to_owned(),
            );
        }
        MetricVerdict::Good
    }

    /// The series in figures.
    #[must_use]
    pub const fn numbers(&self) -> &MetricNumbers {
        &self.numbers
    }
}

/// Which plain limit a value is beyond, if it is.
fn beyond(value: Finite, rule: &MetricRule) -> Option<String> {
    let over = rule.max.filter(|max| value > *max);
    let under = rule.min.filter(|min| value < *min);
    match (over, under) {
        (Some(max), _) => Some(format!("{value}, at most {max} is allowed")),
        (None, Some(min)) => Some(format!("{value}, at least {min} is needed")),
        (None, None) => None,
    }
}

/// How far a value is from stable's, if that is too far.
fn far_from(value: Finite, stable: Finite, rule: &MetricRule) -> Option<String> {
    let RelativeLimit { times, at_least } = rule.relative_to_stable?;
    let is_far = value > stable
        && value.get() > stable.get() * times.get()
        && value.get() - stable.get() >= at_least.get();
    is_far.then(|| format!("{value}, more than {times} times stable's {stable}"))
}
