//! One repository of the fake: its deployments with their statuses.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::github::comments::Comment;

/// The states that a deployment may be given.
const STATES: [&str; 7] =
    ["error", "failure", "inactive", "in_progress", "queued", "pending", "success"];
/// Characters of a description.
const DESCRIPTION_MAX: usize = 140;

pub(super) struct Repository {
    pub id: u64,
    /// The newest name last; the others redirect.
    pub names: Vec<String>,
    /// In order of creation.
    pub deployments: Vec<Deployment>,
    /// In order of creation.
    pub comments: Vec<Comment>,
    /// Whether commit statuses of its branches have failed.
    pub has_failing_checks: bool,
}

pub(super) struct Deployment {
    pub id: u64,
    /// As the list shows it.
    pub shown: Value,
    /// Whether the list does not have it yet.
    pub is_hidden: bool,
    /// The newest last.
    pub statuses: Vec<Value>,
}

/// Why something is not created: a status code, and a message.
pub(super) type Denied = (u16, String);

impl Repository {
    pub fn deployment(&mut self, id: u64) -> Option<&mut Deployment> {
        self.deployments.iter_mut().find(|one| one.id == id)
    }

    /// Gives it another name; its deployments are that one's.
    pub fn rename(&mut self, to: &str) {
        self.names.push(to.to_owned());
        let url = self.url();
        for deployment in &mut self.deployments {
            deployment.shown["repository_url"] = json!(url);
        }
    }

    fn url(&self) -> String {
        let name = self.names.last().map_or("", String::as_str);
        format!("https://api.github.com/repos/{name}")
    }

    /// Creates a deployment as the documentation says.
    pub fn create(
        &mut self,
        id: u64,
        body: &Value,
        creator: &str,
        at: Timestamp,
    ) -> Result<Value, Denied> {
        let text = |key: &str, default: &str| body[key].as_str().unwrap_or(default).to_owned();
        let Some(reference) = body["ref"].as_str() else {
            return Err((422, "Invalid request. \"ref\" wasn't supplied.".to_owned()));
        };
        let asks_for_checks =
            body["required_contexts"].as_array().is_none_or(|all| !all.is_empty());
        if self.has_failing_checks && asks_for_checks {
            let message = format!("Conflict: Commit status checks failed for {reference}.");
            return Err((409, message));
        }
        let is_sha = reference.len() == 40 && reference.chars().all(|c| c.is_ascii_hexdigit());
        let sha = if is_sha { reference.to_owned() } else { text("sha", &"4f2a9c1d".repeat(5)) };
        let environment = text("environment", "production");
        let shown = json!({
            "id": id,
            "url": format!("/repositories/{}/deployments/{id}", self.id),
            "repository_url": self.url(),
            "sha": sha,
            "ref": reference,
            "task": text("task", "deploy"),
            "payload": if body["payload"].is_null() { json!({}) } else { body["payload"].clone() },
            "original_environment": environment,
            "environment": environment,
            "description": body["description"],
            "creator": {"login": creator, "type": "User"},
            "created_at": seconds(at),
            "updated_at": seconds(at),
            "transient_environment": body["transient_environment"].as_bool().unwrap_or(false),
            "production_environment":
                body["production_environment"].as_bool().unwrap_or(environment == "production"),
        });
        let is_hidden = false;
        let statuses = Vec::new();
        self.deployments.push(Deployment { id, shown: shown.clone(), is_hidden, statuses });
        Ok(shown)
    }

    /// Adds a status; it makes earlier successes of the environment inactive, unless it should not.
    pub fn add_status(
        &mut self,
        of: u64,
        id: u64,
        body: &Value,
        at: Timestamp,
    ) -> Result<Value, Denied> {
        let state = body["state"].as_str().unwrap_or_default();
        if !STATES.contains(&state) {
            return Err((422, format!("Validation Failed: {state} is not included in the list")));
        }
        let description = body["description"].as_str().unwrap_or_default();
        if description.chars().count() > DESCRIPTION_MAX {
            return Err((422, "Validation Failed: description is too long".to_owned()));
        }
        let repository = self.id;
        let Some(deployment) = self.deployment(of) else {
            return Err((404, "Not Found".to_owned()));
        };
        let status = json!({
            "id": id,
            "url": format!("/repositories/{repository}/deployments/{of}/statuses/{id}"),
            "state": state,
            "description": description,
            "environment": deployment.shown["environment"],
            "environment_url": body["environment_url"].as_str().unwrap_or_default(),
            "log_url": body["log_url"].as_str().unwrap_or_default(),
            "created_at": seconds(at),
        });
        deployment.statuses.push(status.clone());
        let environment = deployment.shown["environment"].clone();
        if state == "success" && body["auto_inactive"].as_bool().unwrap_or(true) {
            self.make_inactive(of, &environment, at);
        }
        Ok(status)
    }

    fn make_inactive(&mut self, but: u64, environment: &Value, at: Timestamp) {
        let others = self.deployments.iter_mut().filter(|one| one.id < but);
        for one in others.filter(|one| one.shown["environment"] == *environment) {
            let is_special = one.shown["transient_environment"] == true
                || one.shown["production_environment"] == true;
            let newest = one.statuses.last().cloned();
            if let Some(mut status) = newest.filter(|status| status["state"] == "success")
                && !is_special
            {
                status["state"] = json!("inactive");
                status["created_at"] = json!(seconds(at));
                one.statuses.push(status);
            }
        }
    }
}

/// GitHub's times have no fraction.
fn seconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
