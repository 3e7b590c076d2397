//! What a secret may sign for.

use serde::{Deserialize, Serialize};

/// What a secret may sign for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyUse {
    /// Deployments that someone asks for, such as CI.
    #[default]
    Deploy,
    /// Promotions, which another boathook sends for proven images.
    Promotion,
}

impl KeyUse {
    /// As written in config and record.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Promotion => "promotion",
        }
    }
}
