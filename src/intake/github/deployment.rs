//! A deployment as GitHub describes it. All of it is text from outside.

use boathook_core::{deployment::Repository, record::RequestSource};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::intake::{Delivery, FieldProblem, Freshness, Refusal, github::LearnedBy, takers::Taker};

/// A deployment on GitHub.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Deployment {
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
    /// The address of its repository, which ends in the name that it has now.
    #[serde(default)]
    pub repository_url: String,
    /// None if the user is gone.
    pub creator: Option<Creator>,
    #[serde(default)]
    pub payload: Value,
}

/// Who created a deployment.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Creator {
    pub login: String,
}

/// What a deployment asks of boathook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asks {
    /// The request in its payload.
    Signed { body: String, signature: String },
    /// It carries no signature; the image that it names, if it does.
    Unsigned { image: Option<String> },
    /// Nothing: boathook made it itself.
    Nothing,
}

impl Deployment {
    /// What it asks. GitHub hands a payload on as its maker sent it: an object, or the text of one.
    pub(crate) fn asks(&self) -> Result<Asks, Refusal> {
        let parsed: Option<Value> =
            self.payload.as_str().and_then(|text| serde_json::from_str(text).ok());
        let payload = parsed.as_ref().unwrap_or(&self.payload);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        match &payload["boathook"] {
            Value::Null => Ok(Asks::Unsigned { image: text(&payload["image"]) }),
            request => match (text(&request["body"]), text(&request["signature"])) {
                (Some(body), Some(signature)) => Ok(Asks::Signed { body, signature }),
                (None, None) if request["id"].is_string() => Ok(Asks::Nothing),
                _ => Err(Self::refusal(
                    "`payload.boathook` needs `body` and `signature`, both texts",
                )),
            },
        }
    }

    /// How it comes to admission, for the environment that takes it; at the listener, with the
    /// address that brought it. By whichever way it comes, its source is the same.
    pub(crate) fn delivery(
        &self,
        repository: &Repository,
        taker: &Taker,
        learned: &LearnedBy,
    ) -> Delivery {
        let repository = repository.clone();
        // Only what boathook reads at GitHub itself comes once.
        let (freshness, client) = match learned {
            LearnedBy::Asking => (Freshness::AtGitHub(self.created_at), None),
            LearnedBy::Webhook { signed: _, client } => (Freshness::Now, *client),
        };
        Delivery {
            environment: Some(taker.environment),
            id: Some(self.id.to_string()),
            source: RequestSource::GitHub { repository, deployment: self.id },
            freshness,
            client,
        }
    }

    /// The refusal of a payload whose signature is not even looked at.
    pub(crate) fn refusal(message: impl Into<String>) -> Refusal {
        let field = "payload".to_owned();
        let message = message.into();
        Refusal::Fields(vec![FieldProblem { field, message }])
    }

    /// The name that its repository has now, if GitHub says so.
    pub(super) fn repository(&self) -> Option<Repository> {
        let (_, name) = self.repository_url.rsplit_once("/repos/")?;
        Repository::parse(name).ok()
    }

    /// Its path in GitHub's API.
    pub(crate) fn path(&self, repository: &Repository) -> String {
        format!("/repos/{repository}/deployments/{}", self.id)
    }
}
