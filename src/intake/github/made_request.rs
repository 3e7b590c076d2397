//! The request that boathook makes of an event of GitHub which carries no signed one, where an
//! environment's settings say what the event deploys.

use boathook_core::deployment::{Environment, Namespace, Repository, ServiceName};
use jiff::Timestamp;
use serde_json::json;

/// What such a request says. Admission reads it as it reads any other.
pub(super) struct MadeRequest<'a> {
    pub environment: Environment,
    pub image: Option<String>,
    pub namespace: Option<&'a Namespace>,
    pub service: Option<&'a ServiceName>,
    /// The same whenever the event comes again.
    pub deployment_id: String,
    pub commit: Option<&'a str>,
    /// The repository of the commit, unless the source of the request names it.
    pub repository: Option<&'a Repository>,
    /// Who set it off, by GitHub's word.
    pub triggered_by: &'a str,
    /// When, by GitHub's clock.
    pub timestamp: Timestamp,
}

impl MadeRequest<'_> {
    /// The body of a webhook that says the same.
    pub(super) fn body(&self) -> Vec<u8> {
        let body = json!({
            "environment": self.environment,
            "image": self.image,
            "namespace": self.namespace.map(Namespace::as_str),
            "service_name": self.service.map(ServiceName::as_str),
            "deployment_id": self.deployment_id,
            "commit_sha": self.commit,
            "repository": self.repository,
            "triggered_by": self.triggered_by,
            "timestamp": self.timestamp,
        });
        body.to_string().into_bytes()
    }
}

/// Digits of a commit.
const COMMIT: usize = 40;

/// Whether a text is a whole commit of Git.
pub(super) fn is_commit(text: &str) -> bool {
    text.len() == COMMIT && text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'))
}
