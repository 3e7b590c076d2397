//! What counts as healthy in an environment.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    duration_text,
    health::{Header, Method, StatusRange},
};

/// The rules by which a series of samples is judged. The plan holds them, so that a change of the
/// configuration does not affect a running deployment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    /// Paths with their queries, probed at the same time, each beginning with `/`. None to use the
    /// manifest's readinessProbe.
    #[serde(alias = "path", deserialize_with = "one_or_many")]
    pub paths: Vec<String>,
    /// The request's method.
    #[serde(default)]
    pub method: Method,
    /// Further headers.
    #[serde(default)]
    pub headers: Vec<Header>,
    /// The gRPC service to check in place of paths; an empty name is the whole program.
    #[serde(default)]
    pub grpc: Option<String>,
    /// Healthy status codes.
    pub expect_status: Vec<StatusRange>,
    /// A text that the body must hold.
    pub expect_body: Option<String>,
    /// The deadline of one probe.
    pub timeout: Duration,
    /// The deadline of the first probe of a series (a revision at zero pods has to start).
    pub cold_start: Duration,
    /// The interval between probes.
    pub interval: Duration,
    /// This many failures in a row are bad; 0 turns this rule off.
    pub consecutive_failures: u32,
    /// This many failures among the last samples are bad.
    pub window: Window,
    /// A limit on response times.
    pub latency: Option<Latency>,
    /// With fewer samples than this there is no verdict.
    pub min_samples: u32,
}

/// Records of older builds hold one path.
fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Written::deserialize(deserializer)? {
        Written::One(path) => vec![path],
        Written::Many(paths) => paths,
    })
}

/// `failures` among the last `of` samples are bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Failures that make it bad; 0 turns this rule off.
    pub failures: u32,
    /// The number of last samples.
    pub of: u32,
}

/// The given percentile of response times must not exceed the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// 1 to 100.
    pub percentile: u8,
    /// The longest time allowed at that percentile.
    #[serde(deserialize_with = "duration_text::positive")]
    pub limit: Duration,
}

impl Latency {
    /// Whether there is such a percentile.
    #[must_use]
    pub const fn is_sound(self) -> bool {
        1 <= self.percentile && self.percentile <= 100
    }
}
