//! Where a revision's pod is.

use std::time::Duration;

use tokio::time::Instant;

use crate::images::PullError;

/// One pod.
#[derive(Clone, Debug)]
pub(crate) struct PodRun {
    pub name: String,
    pub uid: String,
    /// Which pod of its revision it is.
    pub number: u64,
    pub born: Instant,
    pub step: Step,
    /// What the kubelet will show at its next sync of the pod.
    pub late: Option<Waiting>,
    /// The pulls that failed when it was scheduled, by image, which the kubelet has not reported
    /// yet.
    pub refused: Vec<(String, PullError)>,
    /// How often the kubelet tried in vain to mount, pull or create.
    pub tries: u32,
    /// How many events the kubelet wrote about it.
    pub events: u32,
    pub restarts: u32,
    /// How long the kubelet waits before it starts a container again that ends; nothing at first.
    pub back_off: Duration,
    /// How often in a row the liveness probe failed; more than its threshold where the container is
    /// being killed.
    pub unlively: u32,
    /// How the container ended the last time before this one.
    pub last: Option<Ended>,
    /// When it will be ready, if that is known.
    pub ready_at: Option<Instant>,
}

/// Where the container with the port is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It cannot be scheduled, in the scheduler's words.
    Unschedulable(String),
    /// Its volumes are being mounted and its containers created.
    Creating,
    /// One container cannot be started.
    Waiting(Waiting),
    Running {
        ready: bool,
        since: Instant,
    },
    Ended(Ended),
    BackOff,
}

/// Why a container waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub container: String,
    pub reason: &'static str,
    pub message: String,
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub exit_code: i32,
    /// Such as `Error` or `OOMKilled`.
    pub reason: &'static str,
    pub message: String,
    pub at: Instant,
}

impl PodRun {
    pub(crate) fn new(number: u64, name: String, born: Instant) -> Self {
        Self {
            name,
            uid: String::new(),
            number,
            born,
            step: Step::Creating,
            late: None,
            refused: Vec::new(),
            tries: 0,
            events: 0,
            restarts: 0,
            back_off: Duration::ZERO,
            unlively: 0,
            last: None,
            ready_at: None,
        }
    }

    /// Its address in the cluster's network.
    pub(crate) fn address(&self) -> String {
        format!("10.99.0.{}", self.number % 250 + 2)
    }

    pub(crate) fn is_ready(&self) -> bool {
        matches!(self.step, Step::Running { ready: true, .. })
    }

    /// Whether its containers were started, all but one that cannot be.
    pub(crate) const fn has_begun(&self) -> bool {
        !matches!(self.step, Step::Unschedulable(_) | Step::Creating)
    }
}
