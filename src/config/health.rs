//! What counts as healthy in an environment.

use std::time::Duration;

use boathook_core::{
    duration_text,
    health::{Latency, Method, StatusRange, Window},
};
use serde::Deserialize;

use crate::config::probe::{Headers, Paths};

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
