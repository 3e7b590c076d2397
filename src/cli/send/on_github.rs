//! A commit in an environment of a repository on GitHub: its deployments, and their statuses.

use boathook_core::deployment::{ExternalId, Repository};
use jiff::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::github::{GitHub, GitHubAnswer, GitHubError};

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

/// A deployment that boathook made for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeDeployment {
    pub number: u64,
    /// The image that the request asked for.
    pub image: String,
}

/// What was found in the list of deployments.
pub struct Listed {
    pub found: Option<MadeDeployment>,
    /// The tag of that state of the list.
    pub etag: Option<String>,
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
        let is_wanted = |request: &Value| {
            let signature = request["signature"].as_str();
            signatures.iter().any(|tried| signature == Some(tried))
        };
        let GitHubAnswer::Page(page) = self.github.get(&self.list(), None).await? else {
            return Ok(None);
        };
        let listed: Vec<Deployment> = read(page.body)?;
        Ok(listed.into_iter().find(|one| is_wanted(&one.request())).map(|one| one.id))
    }

    /// The deployment that boathook made for a request that came another way; nothing if the list is
    /// as it was when it had the tag `known`.
    pub async fn made_for(
        &self,
        service: &str,
        id: &ExternalId,
        known: Option<&str>,
    ) -> Result<Listed, GitHubError> {
        let etag = known.map(str::to_owned);
        let GitHubAnswer::Page(page) = self.github.get(&self.list(), known).await? else {
            return Ok(Listed { found: None, etag });
        };
        let listed: Vec<Deployment> = read(page.body)?;
        let made = listed.into_iter().find_map(|one| {
            let request = one.request();
            let is_ours = request["deployment_id"] == id.as_str() && request["service"] == service;
            let image = request["image"].as_str().unwrap_or_default().to_owned();
            is_ours.then_some(MadeDeployment { number: one.id, image })
        });
        Ok(Listed { found: made, etag: page.etag })
    }

    /// The path of the newest deployments of the commit there.
    fn list(&self) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("ref", &self.commit)
            .append_pair("environment", &self.environment)
            .append_pair("per_page", "30")
            .finish();
        GitHub::path(&self.repository, &format!("/deployments?{query}"))
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
            GitHubAnswer::NotModified => Ok(None),
            GitHubAnswer::Page(page) => Ok(Some((read(page.body)?, page.etag))),
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
