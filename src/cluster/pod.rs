//! What boathook reads of a pod: whether its containers crash, wait or run.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::cluster::{Condition, condition::find};

/// Containers that end so close to each other did so for one cause, such as a restart of their node
/// or of its container runtime.
const TOGETHER: SignedDuration = SignedDuration::from_mins(5);

/// A pod, as the cluster shows it at one time.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Pod {
    metadata: Metadata,
    #[serde(default)]
    status: Status,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    name: String,
    creation_timestamp: Option<String>,
    deletion_timestamp: Option<String>,
    #[serde(default)]
    labels: Labels,
}

/// The label that says whose pod it is; the others are not kept.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Labels {
    #[serde(rename = "serving.knative.dev/revision")]
    revision: String,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    conditions: Vec<Condition>,
    init_container_statuses: Vec<Container>,
    container_statuses: Vec<Container>,
    reason: String,
    message: String,
}

/// A container of a pod.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Whether its probe succeeds.
    #[serde(default)]
    pub ready: bool,
    /// How often it was restarted.
    #[serde(default)]
    pub restart_count: u32,
    #[serde(default)]
    state: ContainerState,
    #[serde(default)]
    last_state: ContainerState,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct ContainerState {
    running: Option<serde::de::IgnoredAny>,
    waiting: Option<Waiting>,
    terminated: Option<Terminated>,
}

/// Why a container does not run yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Waiting {
    /// One word, for machines, such as `ImagePullBackOff`.
    pub reason: String,
    /// A sentence for people; untrusted wherever it is shown.
    pub message: String,
}

/// How a container ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Terminated {
    /// Its exit code.
    pub exit_code: i32,
    /// One word, for machines, such as `OOMKilled`.
    pub reason: String,
    /// The end of its output, or why it could not be started; untrusted wherever it is shown.
    pub message: String,
    /// When it ended; null where the kubelet does not know.
    finished_at: Option<String>,
}

impl Pod {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// When it was created, in a form that sorts.
    #[must_use]
    pub(crate) fn created(&self) -> &str {
        self.metadata.creation_timestamp.as_deref().unwrap_or_default()
    }

    /// The revision that it runs; empty if it runs none.
    #[must_use]
    pub fn revision(&self) -> &str {
        &self.metadata.labels.revision
    }

    /// Whether it is being deleted, as when Knative scales down: how its containers end then says
    /// nothing about the image.
    #[must_use]
    pub(crate) const fn is_going(&self) -> bool {
        self.metadata.deletion_timestamp.is_some()
    }

    /// Whether it has not ended and is not being deleted, so that its status is current.
    #[must_use]
    pub(crate) const fn is_present(&self) -> bool {
        !self.is_going() && self.status.reason.is_empty()
    }

    /// The pod without the ends of containers that say nothing about what the image did since then:
    /// those before, and those that all its containers had together.
    #[must_use]
    pub(crate) fn since(mut self, since: Timestamp) -> Self {
        let ends = self.ends();
        let counts = |at: Timestamp| at >= since && !is_shared(at, &ends);
        let Status { init_container_statuses, container_statuses, .. } = &mut self.status;
        for container in init_container_statuses.iter_mut().chain(container_statuses) {
            container.keep_ends(counts);
        }
        self
    }

    /// Whether all its containers have ended together since then, so that they start again now.
    #[must_use]
    pub(crate) fn ended_together_since(&self, since: Timestamp) -> bool {
        let ends = self.ends();
        ends.iter().flatten().any(|at| *at >= since && is_shared(*at, &ends))
    }

    /// When each of its containers ended.
    fn ends(&self) -> Vec<Vec<Timestamp>> {
        self.containers().iter().map(Container::ends).collect()
    }

    /// Its containers.
    #[must_use]
    pub fn containers(&self) -> &[Container] {
        &self.status.container_statuses
    }

    /// The containers that run before its containers do.
    #[must_use]
    pub fn init_containers(&self) -> &[Container] {
        &self.status.init_container_statuses
    }

    /// The condition of this type.
    #[must_use]
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        find(&self.status.conditions, kind)
    }

    /// Why the whole pod ended, such as by eviction: reason and message. It stays listed.
    #[must_use]
    pub fn ended(&self) -> Option<(&str, &str)> {
        let Status { reason, message, .. } = &self.status;
        (!reason.is_empty()).then_some((reason, message))
    }
}

impl Container {
    /// Whether it runs now.
    #[must_use]
    pub(crate) const fn is_running(&self) -> bool {
        self.state.running.is_some()
    }

    /// Whether it succeeded and will not be restarted, like a finished init container.
    #[must_use]
    pub(crate) fn is_done(&self) -> bool {
        self.state.terminated.as_ref().is_some_and(|ended| ended.exit_code == 0)
    }

    /// Why it does not run yet.
    #[must_use]
    pub const fn waiting(&self) -> Option<&Waiting> {
        self.state.waiting.as_ref()
    }

    /// How it last ended, even if it was restarted since.
    #[must_use]
    pub fn ended(&self) -> Option<&Terminated> {
        self.state.terminated.as_ref().or(self.last_state.terminated.as_ref())
    }

    /// How it last crashed; none if it never did. Exit code 0 counts as a crash if the container is
    /// restarted.
    #[must_use]
    pub fn crashed(&self) -> Option<&Terminated> {
        let ended = self.last_state.terminated.as_ref().or(self.state.terminated.as_ref())?;
        (ended.exit_code != 0 || self.restart_count > 0).then_some(ended)
    }
}

impl Container {
    fn ends(&self) -> Vec<Timestamp> {
        let states = [&self.state, &self.last_state].into_iter();
        states.filter_map(|state| state.terminated.as_ref()?.at()).collect()
    }

    fn keep_ends(&mut self, counts: impl Fn(Timestamp) -> bool) {
        for state in [&mut self.state, &mut self.last_state] {
            let ended = state.terminated.take();
            state.terminated = ended.filter(|ended| ended.at().is_some_and(&counts));
        }
    }
}

impl Terminated {
    fn at(&self) -> Option<Timestamp> {
        self.finished_at.as_ref()?.parse().ok()
    }
}

/// Whether each of several containers ended at about that time.
fn is_shared(at: Timestamp, ends: &[Vec<Timestamp>]) -> bool {
    let is_near = |end: &Timestamp| end.duration_since(at).abs() <= TOGETHER;
    ends.len() > 1 && ends.iter().all(|ends| ends.iter().any(is_near))
}
