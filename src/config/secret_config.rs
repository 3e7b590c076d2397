//! Where a secret is read from.

use std::path::PathBuf;

use boathook_core::deployment::{Environment, KeyUse};
use jiff::Timestamp;
use serde::Deserialize;

use crate::config::text;

/// Where one secret is read from. The configuration never holds the secret itself.
///
/// Its three places are those of a `Source`; serde cannot both flatten one and deny unknown keys.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretConfig {
    /// How logs and audit name it, such as `ci-2026`.
    pub id: String,
    /// A variable of boathook's that holds it.
    pub env: Option<String>,
    /// A file that holds it and that others may neither read nor change; a line break at its end
    /// does not count.
    pub file: Option<PathBuf>,
    /// A systemd credential that holds it.
    pub credential: Option<String>,
    /// Other environments that use the same secret; otherwise a secret belongs to one environment
    /// only.
    #[serde(default)]
    pub shared_with: Vec<Environment>,
    /// What it may sign for.
    #[serde(default, rename = "use")]
    pub key_use: KeyUse,
    /// When it expires; without it, it is valid until it is removed.
    #[serde(default, deserialize_with = "text::optional_time")]
    pub not_after: Option<Timestamp>,
}
