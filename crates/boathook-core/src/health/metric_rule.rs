//! A metric as a gate: what is asked of Prometheus while a stage is held, and which answers are bad.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    duration_text,
    health::{Finite, Header, Mode, header},
};

/// One metric, and the limits on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricRule {
    /// Its name in messages and records.
    pub name: String,
    /// Where it comes from.
    pub prometheus: Prometheus,
    /// A larger value is bad.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Finite>,
    /// A smaller value is bad.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Finite>,
    /// A value that is far larger than stable's is bad.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relative_to_stable: Option<RelativeLimit>,
    /// The interval between questions; shorter than the server's own scrapes, it would count one of
    /// them several times.
    #[serde(default = "half_a_minute", deserialize_with = "duration_text::positive")]
    pub interval: Duration,
    /// With fewer values than this nothing is good at the end of a hold.
    #[serde(default = "three")]
    pub points: u32,
    /// This many values in a row beyond a limit are bad.
    #[serde(default = "two")]
    pub consecutive_failures: u32,
    /// What a breach means.
    #[serde(default)]
    pub mode: Mode,
    /// What it means that there is no verdict.
    #[serde(default)]
    pub on_inconclusive: OnInconclusive,
}

/// A question to a server that has Prometheus's HTTP API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prometheus {
    /// The server, with the path before `/api/v1/query` if it has one.
    pub url: String,
    /// PromQL that comes to one number, with placeholders.
    pub query: String,
    /// Further headers.
    #[serde(default, with = "header")]
    pub headers: Vec<Header>,
    /// The deadline of one answer.
    #[serde(default = "five_seconds", deserialize_with = "duration_text::positive")]
    pub timeout: Duration,
}

/// A value is bad if it is more than `times` stable's, and at least `at_least` larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelativeLimit {
    pub times: Finite,
    pub at_least: Finite,
}

/// What it means that a metric had no verdict at the end of a hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnInconclusive {
    /// The rollout goes on, with a note in the record.
    #[default]
    Continue,
    /// boathook rolls back.
    Rollback,
}

impl MetricRule {
    /// The limits that can be judged at a stage: nobody asks stable for anything where the candidate
    /// has all traffic, so that nothing is relative to it. None if no limit is left.
    #[must_use]
    pub fn at_stage(&self, has_all_traffic: bool) -> Option<Self> {
        let relative_to_stable = self.relative_to_stable.filter(|_| !has_all_traffic);
        let rule = Self { relative_to_stable, ..self.clone() };
        rule.has_limit().then_some(rule)
    }

    /// How long a hold with this delay must be for a verdict.
    #[must_use]
    pub fn needs(&self, delay: Duration) -> Duration {
        self.interval.max(delay) + self.interval.saturating_mul(self.points.saturating_sub(1))
    }

    /// Whether any value can be bad.
    pub(super) const fn has_limit(&self) -> bool {
        self.max.is_some() || self.min.is_some() || self.relative_to_stable.is_some()
    }
}

const fn half_a_minute() -> Duration {
    Duration::from_secs(30)
}

const fn five_seconds() -> Duration {
    Duration::from_secs(5)
}

const fn three() -> u32 {
    3
}

const fn two() -> u32 {
    2
}
