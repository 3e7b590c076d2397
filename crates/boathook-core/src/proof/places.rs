//! The environments in which an image must be proven.

use std::{
    fmt::{self, Display, Formatter},
    slice,
};

use serde::{Deserialize, Serialize};

use crate::deployment::Environment;

/// Where an image must be proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Places {
    /// There.
    Environment(Environment),
    /// In each of them.
    All(Vec<Environment>),
    /// In one of them.
    Any(Vec<Environment>),
}

impl Places {
    /// All environments that are named.
    #[must_use]
    pub fn environments(&self) -> &[Environment] {
        match self {
            Self::Environment(one) => slice::from_ref(one),
            Self::All(list) | Self::Any(list) => list,
        }
    }

    /// The same, to be renamed.
    pub fn environments_mut(&mut self) -> &mut [Environment] {
        match self {
            Self::Environment(one) => slice::from_mut(one),
            Self::All(list) | Self::Any(list) => list,
        }
    }

    /// Its key in the configuration.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Environment(_) => "environment",
            Self::All(_) => "all",
            Self::Any(_) => "any",
        }
    }
}

impl Display for Places {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let joined = if matches!(self, Self::Any(_)) { " or " } else { " and " };
        let names = self.environments().iter().map(Environment::to_string).collect::<Vec<_>>();
        f.write_str(&names.join(joined))
    }
}
