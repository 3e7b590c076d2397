//! What counts as healthy in an environment.

use std::time::Duration;

use boathook_core::{
    deployment::probe_header_fault,
    duration_text,
    fault::Fault,
    health::{Latency, Method, StatusRange, Window},
};
use serde::Deserialize;

use crate::config::probe::{HeaderText, Headers, Paths};

/// The maximum number of paths that are probed at the same time.
const PATHS_MAX: usize = 10;
/// The maximum number of headers of a probe.
const HEADERS_MAX: usize = 20;

/// How services are probed, and when they are bad.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HealthConfig {
    /// Paths with their queries, all probed at the same time; none to use the manifest's
    /// readinessProbe.
    pub path: Option<Paths>,
    /// The request's method.
    pub method: Method,
    /// The host name that the application sees in `X-Forwarded-Host`.
    pub host: Option<String>,
    /// Further headers.
    pub headers: Headers,
    /// The gRPC health check in place of paths.
    pub grpc: Option<GrpcHealth>,
    /// Healthy status codes.
    pub expect_status: Vec<StatusRange>,
    /// A text that the body must hold.
    pub expect_body: Option<String>,
    /// The time limit of a probe.
    #[serde(deserialize_with = "duration_text::positive")]
    pub timeout: Duration,
    /// The time limit of the first probe, which may start a revision from zero pods.
    #[serde(deserialize_with = "duration_text::positive")]
    pub cold_start: Duration,
    /// The interval between probes.
    #[serde(deserialize_with = "duration_text::positive")]
    pub interval: Duration,
    /// The delay from a change of traffic to the first probe.
    #[serde(deserialize_with = "duration_text::any")]
    pub delay: Duration,
    /// This many consecutive failures are bad.
    pub consecutive_failures: u32,
    /// This many failures among the last samples are bad.
    pub window: Window,
    /// A limit on response times, judged at the end of a hold.
    pub latency: Option<Latency>,
    /// With fewer samples than this there is no verdict.
    pub min_samples: u32,
    /// Extended checks once the new revision has all traffic.
    pub verify: Option<Verify>,
}

/// Health by `grpc.health.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrpcHealth {
    /// The gRPC service to check; an empty name is the whole program.
    pub service: String,
}

/// Extended checks of the service's own URL at the end of a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
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

impl HealthConfig {
    /// What cannot be used.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let Self { expect_status, consecutive_failures, window, latency, verify, .. } = self;
        let are_sound =
            !expect_status.is_empty() && expect_status.iter().all(|codes| codes.is_sound());
        let verify_latency = verify.as_ref().and_then(|verify| verify.latency);
        let mut faults = Fault::of([
            (
                are_sound,
                "expect_status",
                "must list status codes from 100 to 599, or ranges of them",
            ),
            (*consecutive_failures > 0, "consecutive_failures", "must be more than 0"),
            (window.failures <= window.of, "window", "`failures` must not exceed `of`"),
            (latency.is_none_or(Latency::is_sound), "latency.percentile", "must be from 1 to 100"),
            (
                verify_latency.is_none_or(Latency::is_sound),
                "verify.latency.percentile",
                "must be from 1 to 100",
            ),
            (
                verify.as_ref().is_none_or(|verify| verify.samples > 0),
                "verify.samples",
                "must be more than 0",
            ),
        ]);
        faults.extend(self.faults_of_request());
        faults.extend(self.faults_of_body());
        faults
    }

    fn faults_of_request(&self) -> Vec<Fault> {
        let Self { path, host, headers, .. } = self;
        let paths = path.as_ref().map_or(&[][..], |paths| &paths.0);
        let is_host = |host: &String| {
            !host.is_empty()
                && !host.contains(['/', ' '])
                && probe_header_fault("x-forwarded-host", host).is_none()
        };
        let mut faults = Fault::of([
            (
                path.is_none() || !paths.is_empty(),
                "path",
                "must name a path; without the key the manifest's readinessProbe says it",
            ),
            (
                paths.iter().all(|path| is_path(path)),
                "path",
                "must begin with / and be written as in a URL, without spaces and #",
            ),
            (paths.len() <= PATHS_MAX, "path", "must name at most 10 paths"),
            (host.as_ref().is_none_or(is_host), "host", "must be a name such as shop.example.com"),
            (headers.len() <= HEADERS_MAX, "headers", "must be at most 20"),
        ]);
        faults.extend(headers.iter().filter_map(|(name, value)| {
            Some(Fault::new(format!("headers.{name}"), header_fault(name, value)?))
        }));
        faults
    }

    fn faults_of_body(&self) -> Vec<Fault> {
        let in_verify = self.verify.as_ref().is_some_and(|verify| verify.expect_body.is_some());
        let key = if in_verify { "verify.expect_body" } else { "expect_body" };
        let none_expected = self.expect_body.is_none() && !in_verify;
        Fault::of([
            (
                none_expected || self.method != Method::Head,
                key,
                "cannot be seen with `method: HEAD`, whose answers have no body",
            ),
            (
                none_expected || self.grpc.is_none(),
                key,
                "cannot be seen with `grpc`, whose answer is one word",
            ),
        ])
    }
}

fn is_path(path: &str) -> bool {
    path.starts_with('/')
        && path.is_ascii()
        && !path.contains(|c: char| c.is_control() || c == ' ' || c == '#')
}

fn header_fault(name: &str, value: &HeaderText) -> Option<&'static str> {
    match value {
        HeaderText::Text(text) => probe_header_fault(name, text),
        HeaderText::Secret(source) if source.is_one() => probe_header_fault(name, ""),
        HeaderText::Secret(_) => Some("must name exactly one of `env`, `file` and `credential`"),
    }
}
