//! What holds a deployment that waits for a window, whatever the windows say.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

use crate::{
    deployment::Environment,
    record::{Place, Rewrite, older_text::FromText, rewrite::UNDISCLOSED},
};

/// A lock, or a freeze.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Held {
    /// An operator locked the environment, or the service.
    Locked {
        place: Place,
        /// Why, for operators.
        reason: Option<String>,
    },
    /// The configuration stops all of the environment, and says why.
    Frozen { environment: Environment, reason: String },
    /// The words of an older program, which may be those of a lock.
    Stated { words: Option<String> },
}

impl Held {
    pub(super) fn rewritten(self, rewrite: &dyn Rewrite) -> Self {
        let private = |words: Option<String>| words.and_then(|words| rewrite.private(words));
        match self {
            Self::Locked { place, reason } => Self::Locked { place, reason: private(reason) },
            Self::Frozen { environment, reason } => {
                Self::Frozen { environment, reason: rewrite.text(reason) }
            }
            Self::Stated { words } => Self::Stated { words: private(words) },
        }
    }
}

impl FromText for Held {
    fn from_text(text: String) -> Self {
        Self::Stated { words: Some(text) }
    }
}

impl Display for Held {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked { place, reason: None } => write!(f, "{place} is locked"),
            Self::Locked { place, reason: Some(reason) } => {
                write!(f, "{place} is locked: {reason}")
            }
            Self::Frozen { environment, reason } => write!(f, "{environment} is frozen: {reason}"),
            Self::Stated { words } => f.write_str(words.as_deref().unwrap_or(UNDISCLOSED)),
        }
    }
}
