//! Identifiers: the sender's and our own.

use std::fmt;

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

/// boathook's own id of one attempt at a deployment: 20 lower-case letters and digits, fit for a
/// label value and a URL.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeploymentId(String);

/// The secret half of a `status_url`: anyone who holds it may read that deployment. Never logged.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

/// The sender's name for a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ExternalId(String);

/// A text that cannot name a deployment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("deployment_id must be 1 to {} printable characters", ExternalId::MAX)]
pub struct InvalidExternalId;

const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

fn letters(random: &[u8]) -> String {
    random.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}

impl DeploymentId {
    /// An id from 20 random bytes (100 bits are used).
    #[must_use]
    pub fn from_random(random: [u8; 20]) -> Self {
        Self(letters(&random))
    }

    /// Takes an id that came back in a URL or on the command line; it is looked up, never trusted.
    #[must_use]
    pub fn from_lookup(text: &str) -> Self {
        Self(text.chars().take(64).collect())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeploymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Token {
    /// A token from 32 random bytes (160 bits are used).
    #[must_use]
    pub fn from_random(random: [u8; 32]) -> Self {
        Self(letters(&random))
    }

    /// The token, for building a `status_url`.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The link to the page of the deployment that it is the secret half of: anyone who has the link
    /// may read the deployment.
    #[must_use]
    pub fn link(&self, public_url: &str, id: &DeploymentId) -> String {
        format!("{}/deployments/{id}?token={}", public_url.trim_end_matches('/'), self.reveal())
    }

    /// Whether `offered` is this token, compared in constant time.
    #[must_use]
    pub fn matches(&self, offered: &str) -> bool {
        self.0.as_bytes().ct_eq(offered.as_bytes()).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

impl ExternalId {
    /// Characters that an id may have at most.
    pub const MAX: usize = 200;

    /// Takes the sender's text: 1 to 200 printable characters.
    pub fn parse(text: &str) -> Result<Self, InvalidExternalId> {
        let count = text.chars().count();
        if (1..=Self::MAX).contains(&count) && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidExternalId)
        }
    }

    /// The id as text; untrusted wherever it is shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ExternalId {
    type Error = InvalidExternalId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<ExternalId> for String {
    fn from(id: ExternalId) -> Self {
        id.0
    }
}
