//! A commit in an environment of a repository on GitHub: its deployments, and their statuses.

use boathook_core::deployment::{ExternalId, Repository};
use jiff::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::github::{Answer, GitHub, GitHubError};

/// GitHub takes no longer description.
const DESCRIPTION_MAX: usize = 140;

/// A commit in an environment of a repository.
pub struct OnGitHub {
    pub github: GitHub,
    pub repository: Repository,
    /// GitHub's name of the environment.
    pub environment: String,
    pub commit: String,
}

/// What is read of a deployment.
#[derive(Deserialize)]
struct Deployment {
    id: u64,
    #[serde(default)]
    payload: Value,
}

/// What was said of a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GitHubStatus {
    pub id: u64,
    pub state: String,
    #[serde(default, deserialize_with = "or_empty")]
    pub description: String,
    #[serde(default, deserialize_with = "or_empty")]
    pub environment_url: String,
    #[serde(default, deserialize_with = "or_empty")]
    pub log_url: String,
    pub created_at: Timestamp,
}

impl OnGitHub {
    /// Makes a deployment that carries a signed request. Neither does GitHub merge anything into its
    /// commit nor wait for checks: boathook judges.
    pub async fn create(
        &self,
        body: &str,
        signature: &str,
        description: &str,
    ) -> Result<u64, GitHubError> {
        let deployment = json!({
            "ref": self.commit,
            "environment": self.environment,
            "description": description.chars().take(DESCRIPTION_MAX).collect::<String>(),
            "auto_merge": false,
            "required_contexts": [],
            "payload": {"boathook": {"body": body, "signature": signature}},
        });
        let path = GitHub::path(&self.repository, "/deployments");
        let made: Deployment = read(self.github.post(&path, &deployment).await?)?;
        Ok(made.id)
    }

    /// The deployment that carries one of these signatures: an earlier try made it, and its answer was
    /// lost.
    pub async fn carrying(&self, signatures: &[String]) -> Result<Option<u64>, GitHubError> {
        self.find(|request| {
            let signature = request["signature"].as_str();
            signatures.iter().any(|tried| signature == Some(tried))
        })
        .await
    }

    /// The deployment that boathook made for a request that came another way.
    pub async fn made_for(
        &self,
        service: &str,
        id: &ExternalId,
    ) -> Result<Option<u64>, GitHubError> {
        self.find(|request| {
            request["deployment_id"] == id.as_str() && request["service"] == service
        })
        .await
    }

    /// The newest deployment whose payload is boathook's and passes the test.
    async fn find(&self, is_wanted: impl Fn(&Value) -> bool) -> Result<Option<u64>, GitHubError> {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("ref", &self.commit)
            .append_pair("environment", &self.environment)
            .append_pair("per_page", "30")
            .finish();
        let path = GitHub::path(&self.repository, &format!("/deployments?{query}"));
        let Answer::Page(page) = self.github.get(&path, None).await? else { return Ok(None) };
        let listed: Vec<Deployment> = read(page.body)?;
        Ok(listed.into_iter().find(|one| is_wanted(&one.request())).map(|one| one.id))
    }

    /// What was said of a deployment, the last word first, with the tag of that state; nothing if that
    /// is known.
    pub async fn statuses(
        &self,
        number: u64,
        known: Option<&str>,
    ) -> Result<Option<(Vec<GitHubStatus>, Option<String>)>, GitHubError> {
        let rest = format!("/deployments/{number}/statuses?per_page=100");
        match self.github.get(&GitHub::path(&self.repository, &rest), known).await? {
            Answer::NotModified => Ok(None),
            Answer::Page(page) => Ok(Some((read(page.body)?, page.etag))),
        }
    }
}

impl Deployment {
    /// What is boathook's in its payload. GitHub shows a payload as it was sent: an object, or a text.
    fn request(&self) -> Value {
        let parsed: Option<Value> =
            self.payload.as_str().and_then(|text| serde_json::from_str(text).ok());
        parsed.as_ref().unwrap_or(&self.payload)["boathook"].clone()
    }
}

fn read<T: DeserializeOwned>(body: Value) -> Result<T, GitHubError> {
    serde_json::from_value(body).map_err(GitHubError::Unreadable)
}

fn or_empty<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Option::<String>::deserialize(from).map(Option::unwrap_or_default)
}
