//! What boathook reads of a pod: whether its containers crash, wait or run.

use serde::Deserialize;

use crate::cluster::{Condition, condition::find};

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
}

impl Pod {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.metadata.name
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
