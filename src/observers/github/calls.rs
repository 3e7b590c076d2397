//! The three questions to GitHub: is there a deployment already, make one, and add a status to it.
//! Statuses cannot be changed, only followed by others.

use boathook_core::deployment::DeploymentId;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    github::{GitHub, GitHubAnswer, GitHubError},
    journal::GitHubDeployment,
    observers::github::{github_state::GitHubState, subject::Subject},
};

/// The task of the deployments that boathook makes, GitHub's own default.
const TASK: &str = "deploy";

/// A deployment that is to be found or made.
pub(super) struct WantedDeployment<'a> {
    pub(super) id: &'a DeploymentId,
    pub(super) subject: &'a Subject,
    /// What boathook and the request's sender know it by.
    pub(super) request: Value,
    /// GitHub's name of the environment.
    pub(super) name: &'a str,
    pub(super) description: String,
}

/// A status as GitHub gets it.
pub(super) struct NewStatus {
    pub(super) state: GitHubState,
    pub(super) description: String,
    pub(super) environment_url: Option<String>,
    pub(super) log_url: Option<String>,
}

/// What is read of a deployment; everything else may change without notice.
#[derive(Deserialize)]
struct Found {
    id: u64,
    #[serde(default)]
    payload: Value,
}

impl Found {
    /// Whether boathook made it for that deployment. GitHub shows a payload as it was sent: an
    /// object, or a text.
    fn is_of(&self, id: &DeploymentId) -> bool {
        let parsed = self.payload.as_str().and_then(|text| serde_json::from_str(text).ok());
        let payload: &Value = parsed.as_ref().unwrap_or(&self.payload);
        payload["boathook"]["id"] == id.as_str()
    }
}

/// The deployment that an earlier try made, whose answer was lost.
pub(super) async fn find(
    github: &GitHub,
    wanted: &WantedDeployment<'_>,
) -> Result<Option<GitHubDeployment>, GitHubError> {
    let WantedDeployment { id, subject: Subject { repository, commit }, name, .. } = wanted;
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("ref", commit)
        .append_pair("environment", name)
        .append_pair("task", TASK)
        .append_pair("per_page", "10")
        .finish();
    let path = GitHub::path(repository, &format!("/deployments?{query}"));
    let GitHubAnswer::Page(page) = github.get(&path, None).await? else { return Ok(None) };
    let found: Vec<Found> = read(page.body)?;
    let found = found.into_iter().find(|found| found.is_of(id));
    Ok(found.map(|found| GitHubDeployment { repository: repository.clone(), number: found.id }))
}

/// Makes the deployment. GitHub neither merges anything into its commit nor waits for checks: the
/// request was admitted already.
pub(super) async fn create(
    github: &GitHub,
    wanted: &WantedDeployment<'_>,
) -> Result<GitHubDeployment, GitHubError> {
    let WantedDeployment {
        id: _,
        subject: Subject { repository, commit },
        name,
        description,
        request,
    } = wanted;
    let body = json!({
        "ref": commit,
        "task": TASK,
        "auto_merge": false,
        "required_contexts": [],
        "payload": {"boathook": request},
        "environment": name,
        "description": description,
    });
    let made: Found = read(github.post(&GitHub::path(repository, "/deployments"), &body).await?)?;
    Ok(GitHubDeployment { repository: repository.clone(), number: made.id })
}

/// Adds a status. Which other deployments are inactive is for boathook to say: GitHub would judge by
/// the environment alone, which may have several services.
pub(super) async fn add_status(
    github: &GitHub,
    deployment: &GitHubDeployment,
    status: &NewStatus,
) -> Result<(), GitHubError> {
    let GitHubDeployment { repository, number } = deployment;
    let NewStatus { state, description, environment_url, log_url } = status;
    let mut body = json!({
        "state": state.name(),
        "description": description,
        "auto_inactive": false,
    });
    for (key, url) in [("environment_url", environment_url), ("log_url", log_url)] {
        if let Some(url) = url {
            body[key] = json!(url);
        }
    }
    let path = GitHub::path(repository, &format!("/deployments/{number}/statuses"));
    github.post(&path, &body).await.map(drop)
}

fn read<T: DeserializeOwned>(body: Value) -> Result<T, GitHubError> {
    serde_json::from_value(body).map_err(GitHubError::Unreadable)
}
