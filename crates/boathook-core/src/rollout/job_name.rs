//! The name of a Job in the manifests, as the configuration writes it: `job/migrate`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::deployment::DeploymentId;

const KIND: &str = "job/";
/// Kubernetes limits the name of a Job that gets suffixes to 52 characters, as for those of
/// `CronJobs`: its pods' names are longer, and must fit into 63.
const WITH_SUFFIX_MAX: usize = 52;
/// Characters of a deployment's id in the name: 50 random bits.
const SUFFIX: usize = 10;
const NAME_MAX: usize = WITH_SUFFIX_MAX - SUFFIX - 1;

/// The name of a Job in the manifests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobName(String);

impl JobName {
    /// What [`Self::parse`] takes.
    pub const EXPECTED: &str =
        "a Job of the manifests such as job/migrate, whose name is at most 41 of a-z, 0-9 and `-`";

    /// Parses `job/NAME`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.strip_prefix(KIND)?;
        let is_edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let is_name = (1..=NAME_MAX).contains(&name.len())
            && name.chars().all(|c| is_edge(c) || c == '-')
            && name.starts_with(is_edge)
            && name.ends_with(is_edge);
        is_name.then(|| Self(name.to_owned()))
    }

    /// The name alone.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the Job that one deployment runs. The Job's label holds the whole id.
    #[must_use]
    pub fn of_deployment(&self, id: &DeploymentId) -> String {
        let suffix: String = id.as_str().chars().take(SUFFIX).collect();
        format!("{}-{suffix}", self.0)
    }
}

impl fmt::Display for JobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{KIND}{}", self.0)
    }
}

impl Serialize for JobName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for JobName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let expected = || D::Error::custom(format!("`{text}` is not {}", Self::EXPECTED));
        Self::parse(&text).ok_or_else(expected)
    }
}
