//! What a secret may sign for.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

/// What a secret may sign for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", const_into_str)]
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
        self.into_str()
    }
}
