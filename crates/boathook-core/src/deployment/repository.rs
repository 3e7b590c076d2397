//! The name of a repository on GitHub.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The maximum lengths that GitHub allows.
const OWNER_MAX: usize = 39;
const NAME_MAX: usize = 100;

/// A repository as `owner/name`, in the grammar of GitHub. It keeps the case in which it was
/// written, which means nothing to GitHub: [`Repository::is`] compares.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Repository(String);

/// A text that names no repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` names no repository; write owner/name, such as acme/game", .0.escape_default())]
pub struct InvalidRepository(String);

impl Repository {
    /// Parses the name; the error says what is expected.
    pub fn parse(text: &str) -> Result<Self, InvalidRepository> {
        let is_valid = text.split_once('/').is_some_and(|(owner, name)| {
            is_part(owner, OWNER_MAX, "-_") && is_part(name, NAME_MAX, "-_.") && !is_dots(name)
        });
        if is_valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidRepository(text.chars().take(64).collect()))
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both are the same repository.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

fn is_part(text: &str, max: usize, marks: &str) -> bool {
    (1..=max).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || marks.contains(c))
}

/// In a path, these would name another place.
fn is_dots(name: &str) -> bool {
    matches!(name, "." | "..")
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Repository {
    type Err = InvalidRepository;

    fn from_str(text: &str) -> Result<Self, InvalidRepository> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Repository {
    type Error = InvalidRepository;

    fn try_from(text: String) -> Result<Self, InvalidRepository> {
        Self::parse(&text)
    }
}

impl From<Repository> for String {
    fn from(repository: Repository) -> Self {
        repository.0
    }
}
