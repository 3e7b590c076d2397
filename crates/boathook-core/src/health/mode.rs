//! What a broken limit means.

use serde::{Deserialize, Serialize};

/// What it means that a limit is broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// A note in the record.
    Warn,
    /// The candidate is bad.
    #[default]
    Fail,
}
