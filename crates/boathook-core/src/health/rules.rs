//! What counts as healthy: the section `health` of the configuration, and what plans hold of it.

use std::{fmt, time::Duration};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, SeqAccess, Visitor},
};

use crate::{
    duration_text,
    health::{Header, Method, MetricRule, Mode, StatusRange, header},
};

/// The header with the host name that the application sees.
const FORWARDED_HOST: &str = "X-Forwarded-Host";

/// How services are probed, and when they are bad. A plan holds them, so that a change of the
/// configuration does not affect a running deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Paths with their queries, probed at the same time. None to use the manifest's
    /// readinessProbe.
    #[serde(rename = "path", serialize_with = "write_paths", deserialize_with = "read_paths")]
    pub paths: Vec<String>,
    /// The request's method.
    #[serde(default)]
    pub method: Method,
    /// The host name that the application sees in `X-Forwarded-Host`.
    #[serde(default)]
    pub host: Option<String>,
    /// Further headers.
    #[serde(default, with = "header")]
    pub headers: Vec<Header>,
    /// The gRPC service to check in place of paths; an empty name is the whole program.
    #[serde(default, serialize_with = "write_grpc", deserialize_with = "read_grpc")]
    pub grpc: Option<String>,
    /// Healthy status codes.
    pub expect_status: Vec<StatusRange>,
    /// A text that the body must hold.
    pub expect_body: Option<String>,
    /// The deadline of one probe.
    #[serde(deserialize_with = "duration_text::positive")]
    pub timeout: Duration,
    /// The deadline of the first probe of a series (a revision at zero pods has to start).
    #[serde(deserialize_with = "duration_text::positive")]
    pub cold_start: Duration,
    /// The interval between probes.
    #[serde(deserialize_with = "duration_text::positive")]
    pub interval: Duration,
    /// The delay from a change of traffic to the first probe.
    #[serde(default, deserialize_with = "duration_text::any")]
    pub delay: Duration,
    /// This many failures in a row are bad; 0 turns this rule off, where `window` has one.
    pub consecutive_failures: u32,
    /// This many failures among the last samples are bad.
    pub window: Window,
    /// A limit on response times, judged at the end of a series.
    pub latency: Option<Latency>,
    /// A limit on response times by those of stable, judged before the candidate gets traffic.
    #[serde(default)]
    pub slower_than_stable: Option<Comparison>,
    /// With fewer samples than this there is no verdict.
    pub min_samples: u32,
    /// Extended checks once the new revision has all traffic.
    #[serde(default)]
    pub verify: Option<Verify>,
    /// Metrics with limits, asked for during holds. Probing knows nothing of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<MetricRule>,
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
    /// What a breach means.
    #[serde(default)]
    pub mode: Mode,
}

/// The candidate is far slower if it takes more than `times` as long as stable at this percentile,
/// and at least `at_least` longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// 1 to 100.
    pub percentile: u8,
    pub times: u32,
    #[serde(deserialize_with = "duration_text::any")]
    pub at_least: Duration,
    /// What a breach means.
    pub mode: Mode,
}

/// Extended checks of the service's own URL at the end of a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// How many probes are sent.
    pub samples: u32,
    /// The interval between probes.
    #[serde(deserialize_with = "duration_text::any")]
    pub interval: Duration,
    /// A text that the body must hold, in place of the section's own.
    pub expect_body: Option<String>,
    /// A limit on response times.
    pub latency: Option<Latency>,
}

impl Rules {
    /// The rules of probing before everyone is sent to the new revision.
    #[must_use]
    pub fn before_all_traffic(&self) -> Self {
        Self { verify: None, metrics: Vec::new(), ..self.clone() }
    }

    /// The rules of probing once the new revision has all traffic, with the extended checks.
    #[must_use]
    pub fn with_all_traffic(&self) -> Self {
        let rules = self.before_all_traffic();
        let Some(Verify { samples, interval, expect_body, latency }) = self.verify.clone() else {
            return rules;
        };
        Self {
            min_samples: samples,
            interval,
            expect_body: expect_body.or_else(|| self.expect_body.clone()),
            latency,
            ..rules
        }
    }

    /// All headers of a probe: those that are named, and the host for the application, unless a
    /// header of that name says another.
    #[must_use]
    pub fn all_headers(&self) -> Vec<Header> {
        let host = self.host.as_ref().map(|host| Header::new(FORWARDED_HOST, host));
        let is_named = self.headers.iter().any(|header| header.is(FORWARDED_HOST));
        self.headers.iter().cloned().chain(host.filter(|_| !is_named)).collect()
    }
}

fn write_paths<S: Serializer>(paths: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    (!paths.is_empty()).then_some(paths).serialize(serializer)
}

/// Reads a path, a list of them, or nothing.
fn read_paths<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Paths(Vec<String>);
    struct OneOrMany;

    impl<'de> Visitor<'de> for OneOrMany {
        type Value = Paths;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a path such as \"/healthz\", or a list of them")
        }

        fn visit_str<E: Error>(self, path: &str) -> Result<Paths, E> {
            Ok(Paths(vec![path.to_owned()]))
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Paths, A::Error> {
            let mut paths = Vec::new();
            while let Some(path) = list.next_element()? {
                paths.push(path);
            }
            if paths.is_empty() {
                return Err(A::Error::custom(
                    "must name a path; without the key the manifest's readinessProbe says it",
                ));
            }
            Ok(Paths(paths))
        }
    }

    impl<'de> Deserialize<'de> for Paths {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(OneOrMany)
        }
    }

    Ok(Option::<Paths>::deserialize(deserializer)?.map_or_else(Vec::new, |Paths(paths)| paths))
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Grpc<T> {
    service: T,
}

fn write_grpc<S: Serializer>(grpc: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    grpc.as_ref().map(|service| Grpc { service }).serialize(serializer)
}

fn read_grpc<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<Grpc<String>>::deserialize(deserializer)?.map(|Grpc { service }| service))
}
