//! How traffic moves from stable to candidate.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The name of a table of stages; the tables are in the config.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// One stage: 100 %.
    Rolling,
    /// Stages with holds, such as 10 %, 50 %, 100 %.
    BlueGreen,
}

/// A name that is no strategy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown deployment_strategy `{}`; known: rolling, blue-green", .0.escape_default())]
pub struct UnknownStrategy(pub String);

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rolling => "rolling",
            Self::BlueGreen => "blue-green",
        })
    }
}

impl FromStr for Strategy {
    type Err = UnknownStrategy;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "rolling" => Ok(Self::Rolling),
            "blue-green" => Ok(Self::BlueGreen),
            other => Err(UnknownStrategy(other.chars().take(64).collect())),
        }
    }
}
