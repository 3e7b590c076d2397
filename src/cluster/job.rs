//! What boathook reads of a Job: whose it is, and how it ended.

use std::collections::BTreeMap;

use boathook_core::deployment::DeploymentId;
use jiff::Timestamp;
use serde::Deserialize;

use crate::cluster::{Condition, condition::find, read_verbs::DEPLOYMENT_LABEL};

/// The labels of a Job that boathook runs: the service that is deployed, and the Job's name in the
/// manifests.
pub const SERVICE_LABEL: &str = "boathook.dev/service";
pub const JOB_LABEL: &str = "boathook.dev/job";

/// A Job, as the cluster shows it at one time.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Job {
    metadata: Metadata,
    #[serde(default)]
    status: Status,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    name: String,
    uid: String,
    creation_timestamp: Option<Timestamp>,
    deletion_timestamp: Option<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Status {
    succeeded: u64,
    conditions: Vec<Condition>,
}

/// How a Job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobEnd {
    /// As often as it has to, a pod succeeded.
    Complete,
    /// In Kubernetes' words.
    Failed(String),
}

impl Job {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// Its UID.
    #[must_use]
    pub fn uid(&self) -> &str {
        &self.metadata.uid
    }

    /// The service in whose deployment it runs; empty if boathook did not create it.
    #[must_use]
    pub fn service(&self) -> &str {
        self.metadata.labels.get(SERVICE_LABEL).map_or("", String::as_str)
    }

    /// Its name in the manifests, without `job/`; empty if boathook did not create it.
    #[must_use]
    pub fn name_in_manifests(&self) -> &str {
        self.metadata.labels.get(JOB_LABEL).map_or("", String::as_str)
    }

    /// Whether a deployment created it.
    #[must_use]
    pub fn is_of(&self, id: &DeploymentId) -> bool {
        self.metadata.labels.get(DEPLOYMENT_LABEL).is_some_and(|label| label == id.as_str())
    }

    /// When it was created.
    #[must_use]
    pub const fn created(&self) -> Option<Timestamp> {
        self.metadata.creation_timestamp
    }

    /// Whether the cluster has begun to delete it.
    #[must_use]
    pub const fn is_going(&self) -> bool {
        self.metadata.deletion_timestamp.is_some()
    }

    /// How it ended, if it has. `SuccessCriteriaMet` and `FailureTarget` come before that, while
    /// pods may still run, and are no end.
    #[must_use]
    pub fn end(&self) -> Option<JobEnd> {
        let holds =
            |kind| find(&self.status.conditions, kind).filter(|condition| condition.is_true());
        if holds("Complete").is_some() {
            // With `completions: 0` nothing runs.
            return Some(match self.status.succeeded {
                0 => JobEnd::Failed("it is Complete, and no pod of it succeeded".to_owned()),
                _ => JobEnd::Complete,
            });
        }
        holds("Failed").map(|failed| JobEnd::Failed(why(failed)))
    }

    /// Whether it is suspended, so that it has no pods.
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        find(&self.status.conditions, "Suspended").is_some_and(Condition::is_true)
    }
}

fn why(Condition { reason, message, .. }: &Condition) -> String {
    match (reason.as_str(), message.trim()) {
        ("", "") => "the cluster does not say why".to_owned(),
        (reason, "") => reason.to_owned(),
        ("", message) => message.to_owned(),
        (reason, message) => format!("{reason}: {message}"),
    }
}
