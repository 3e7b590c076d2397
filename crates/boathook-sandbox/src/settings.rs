//! The settings of a simulated cluster: its domain, versions, and durations.

use std::{net::SocketAddr, time::Duration};

use jiff::Timestamp;

/// How the cluster is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The domain under which services are reached: `SERVICE.NAMESPACE.DOMAIN`.
    pub domain: String,
    /// Where the gateway inside the cluster is, for those who ask it without a socket.
    pub local_gateway: SocketAddr,
    /// The time of day when the cluster starts; it advances with tokio's clock.
    pub start: Timestamp,
    /// How long things take.
    pub timings: Timings,
    /// The version that the API server names, such as `v1.36.2`.
    pub kubernetes: String,
    /// The version that kubectl names, such as `v1.32.0`.
    pub kubectl: String,
    /// The version of Knative Serving.
    pub knative: String,
}

/// How long things take. The shipped values are medians of a real single-node cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timings {
    /// One run of kubectl or crictl.
    pub command: Duration,
    /// One read through a proxy.
    pub read: Duration,
    /// From a write until `observedGeneration` follows.
    pub observe: Duration,
    /// From there until the new revision exists.
    pub create_revision: Duration,
    /// From there until its image is resolved to a digest (or is found missing).
    pub resolve_image: Duration,
    /// From there until its pod runs.
    pub start_pod: Duration,
    /// From a change of traffic until the ingress is being configured.
    pub route: Duration,
    /// From there until the data plane follows.
    pub program_ingress: Duration,
    /// From there until the service says Ready.
    pub ingress_ready: Duration,
    /// How long a revision may take to become ready before it fails.
    pub progress_deadline: Duration,
    /// How long after the last request a revision keeps its pods.
    pub scale_to_zero: Duration,
    /// How long a request waits for a revision at zero pods.
    pub activation: Duration,
    /// How long a pod with that behaviour stays unschedulable.
    pub no_room: Duration,
    /// How long a watch lives at most.
    pub watch: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            domain: "example.test".to_owned(),
            local_gateway: SocketAddr::from(([10, 43, 0, 20], 80)),
            start: Timestamp::constant(1_795_373_482, 0),
            timings: Timings::default(),
            kubernetes: "v1.36.2".to_owned(),
            kubectl: "v1.32.0".to_owned(),
            knative: "v1.23.0".to_owned(),
        }
    }
}

impl Default for Timings {
    fn default() -> Self {
        let milliseconds = Duration::from_millis;
        Self {
            command: milliseconds(50),
            read: milliseconds(2),
            observe: milliseconds(30),
            create_revision: milliseconds(60),
            resolve_image: milliseconds(30),
            start_pod: milliseconds(600),
            route: milliseconds(50),
            program_ingress: milliseconds(100),
            ingress_ready: milliseconds(90),
            progress_deadline: Duration::from_secs(600),
            scale_to_zero: Duration::from_secs(60),
            activation: milliseconds(600),
            no_room: Duration::from_secs(15),
            watch: Duration::from_secs(1800),
        }
    }
}
