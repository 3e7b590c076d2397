//! The refusal of an image that was not proven, on admission and after the pull alike.

use crate::deployment::{Environment, ImageRef};

/// An image may not be deployed where only proven ones may.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotProven {
    /// It did not succeed where it must have.
    #[error(
        "{image} did not succeed in {environment} within the time that `require.proven` allows; deploy it there first, or have it \
         promoted from there"
    )]
    NoSuccess {
        image: ImageRef,
        /// Where it must have succeeded.
        environment: Environment,
    },
    /// Its success does not count any more.
    #[error("{why}")]
    Withdrawn {
        /// Why, and what lifts that.
        why: String,
    },
}
