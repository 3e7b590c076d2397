//! What boathook reads of a pod: whether its containers crash, wait or run.

use serde::Deserialize;

/// A pod, as the cluster shows it at one moment.
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
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    container_statuses: Vec<Container>,
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
    /// How often it was started again.
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

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Waiting {
    reason: String,
    message: String,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Terminated {
    exit_code: i32,
    reason: String,
    message: String,
}

impl Pod {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// Whether it was told to end, as when there are fewer requests: how its containers end then says nothing of the image.
    #[must_use]
    pub const fn is_going(&self) -> bool {
        self.metadata.deletion_timestamp.is_some()
    }

    /// Its containers.
    #[must_use]
    pub fn containers(&self) -> &[Container] {
        &self.status.container_statuses
    }
}

impl Container {
    /// Whether it runs now.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        self.state.running.is_some()
    }

    /// How it crashed, in words; none where it never did.
    #[must_use]
    pub fn crash(&self) -> Option<String> {
        let ended = self.last_state.terminated.as_ref().or(self.state.terminated.as_ref())?;
        if ended.exit_code == 0 && self.restart_count == 0 {
            return None;
        }
        let name = &self.name;
        let how = match ended.reason.as_str() {
            "" | "Error" | "Completed" => format!("exit code {}", ended.exit_code),
            reason => format!("{reason}, exit code {}", ended.exit_code),
        };
        let message = ended.message.trim();
        let said = if message.is_empty() { String::new() } else { format!(": {message}") };
        Some(format!("container {name} crashed ({how}, restarted {} times){said}", self.restart_count))
    }

    /// Why its image does not come, in words.
    #[must_use]
    pub fn image_trouble(&self) -> Option<String> {
        let waiting = self.state.waiting.as_ref()?;
        let trouble =
            matches!(waiting.reason.as_str(), "ErrImagePull" | "ImagePullBackOff" | "InvalidImageName" | "CreateContainerConfigError");
        trouble.then(|| format!("container {} waits: {} {}", self.name, waiting.reason, waiting.message.trim()))
    }
}
