//! The three environments, in the order of promotion.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Where a deployment goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// `development`, or `dev` for short.
    Development,
    /// `staging`.
    Staging,
    /// `production`, or `prod` for short.
    Production,
}

/// A name that is none of the environments.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown environment `{}`; known: development, staging, production", .0.escape_default())]
pub struct UnknownEnvironment(pub String);

impl Environment {
    /// Every environment, in the order of promotion.
    pub const ALL: [Self; 3] = [Self::Development, Self::Staging, Self::Production];

    /// The long name, as in `config/<name>.yaml` and `manifests/<name>`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Environment {
    type Err = UnknownEnvironment;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "development" | "dev" => Ok(Self::Development),
            "staging" => Ok(Self::Staging),
            "production" | "prod" => Ok(Self::Production),
            other => Err(UnknownEnvironment(other.chars().take(64).collect())),
        }
    }
}
