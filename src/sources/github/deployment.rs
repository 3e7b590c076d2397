//! A deployment as GitHub describes it. All of it is text from outside.

use boathook_core::deployment::Repository;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::github::GitHubError;

/// A deployment on GitHub.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Deployment {
    /// Its number; a later one has a higher one.
    pub id: u64,
    /// GitHub's name of the environment.
    pub environment: String,
    pub created_at: Timestamp,
    /// The commit.
    pub sha: String,
    /// The branch, tag or commit that its maker named.
    #[serde(rename = "ref")]
    pub reference: String,
    pub task: String,
    /// None if the user is gone.
    pub creator: Option<Creator>,
    #[serde(default)]
    pub payload: Value,
}

/// Who created a deployment.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Creator {
    pub login: String,
}

/// What a deployment asks of boathook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asks {
    /// The request in its payload.
    Signed { body: String, signature: String },
    /// It carries no signature; the image that it names, if it does.
    Unsigned { image: Option<String> },
    /// Nothing: boathook made it itself.
    Nothing,
}

impl Deployment {
    /// The deployments of a page, which has the newest first.
    pub(super) fn of_page(body: &Value) -> Result<Vec<Self>, GitHubError> {
        Vec::deserialize(body).map_err(GitHubError::Unreadable)
    }

    /// What it asks. GitHub hands a payload on as its maker sent it: an object, or the text of one.
    pub(super) fn asks(&self) -> Asks {
        let parsed: Option<Value> =
            self.payload.as_str().and_then(|text| serde_json::from_str(text).ok());
        let payload = parsed.as_ref().unwrap_or(&self.payload);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        match &payload["boathook"] {
            Value::Null => Asks::Unsigned { image: text(&payload["image"]) },
            request => match (text(&request["body"]), text(&request["signature"])) {
                (Some(body), Some(signature)) => Asks::Signed { body, signature },
                _ => Asks::Nothing,
            },
        }
    }

    /// Its path in GitHub's API.
    pub(super) fn path(&self, repository: &Repository) -> String {
        format!("/repos/{repository}/deployments/{}", self.id)
    }
}
