//! The requirement that an image is proven elsewhere.

use std::time::Duration;

use boathook_core::{deployment::Environment, duration_text};
use serde::Deserialize;

/// Where an image must have succeeded before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvenIn {
    pub environment: Environment,
    /// The maximum age of that success.
    #[serde(deserialize_with = "duration_text::positive")]
    pub within: Duration,
}
