//! Run a Job of the manifests, once in each deployment, and wait for its end.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    deployment::{Environment, ImageRef},
    objects::Document,
    rollout::{JobName, step_data::StepData},
};

/// The lists of containers in a Job.
const LISTS: [&str; 2] = ["/spec/template/spec/initContainers", "/spec/template/spec/containers"];

/// Creates the Job unless it is there, and waits until it has completed or failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunJob {
    /// Its name in the manifests.
    pub name: JobName,
    /// The Job as it is created, with the deployment's own name and labels, and without the image.
    pub job: Document,
    /// Where in it the image goes, as JSON pointers.
    pub images: Vec<String>,
    /// The environment, which the Job is told.
    pub environment: Environment,
    /// When it runs.
    pub moment: JobMoment,
    /// How long it may take.
    pub deadline: Duration,
    /// The interval at which it is read.
    pub poll_interval: Duration,
}

/// When a Job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobMoment {
    /// Before the service is changed.
    Before,
    /// When the candidate answers, and before it gets traffic.
    After,
}

impl StepData for RunJob {
    fn title(&self) -> String {
        match self.moment {
            JobMoment::Before => format!("Run {}", self.name),
            JobMoment::After => format!("Run {} against the new revision", self.name),
        }
    }
}

impl RunJob {
    /// The Job with the image in its places, and with these variables in all its containers. They
    /// come first, so that others can refer to them, and replace those of the same name.
    #[must_use]
    pub fn document(&self, image: &ImageRef, variables: &[(&str, &str)]) -> Document {
        let mut job = self.job.clone();
        for pointer in &self.images {
            job.set_text(pointer, &image.to_string());
        }
        for list in LISTS {
            let containers = job.0.pointer_mut(list).and_then(Value::as_array_mut);
            containers
                .into_iter()
                .flatten()
                .for_each(|container| set_variables(container, variables));
        }
        job
    }
}

fn set_variables(container: &mut Value, variables: &[(&str, &str)]) {
    let is_ours = |one: &Value| variables.iter().any(|(name, _)| one["name"] == *name);
    let own = container.get("env").and_then(Value::as_array).cloned().unwrap_or_default();
    let ours = variables.iter().map(|(name, value)| json!({"name": name, "value": value}));
    let all: Vec<Value> = ours.chain(own.into_iter().filter(|one| !is_ours(one))).collect();
    if let Some(container) = container.as_object_mut() {
        container.insert("env".to_owned(), all.into());
    }
}
