//! The refusal of an image that was not proven, on admission and after the pull alike.

use crate::deployment::{Environment, ImageRef};

/// An image did not succeed where it must have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{image} did not succeed in {environment} within the time that `require.proven` allows; deploy it there first, or have it promoted \
     from there"
)]
pub struct NotProven {
    pub image: ImageRef,
    /// Where it must have succeeded.
    pub environment: Environment,
}
