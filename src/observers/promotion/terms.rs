//! What the current configuration requires of a promotion before it is sent.

use std::{sync::Arc, time::Duration};

use boathook_core::deployment::Environment;

/// What a promotion requires by itself, besides what the next environment requires.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// How long the digest must have served where it succeeded, and in each environment of `after`.
    pub soak: Duration,
    /// The environments of the waves before, which must have it first.
    pub after: Vec<Environment>,
}

/// The terms of what goes from one environment to another.
pub type TermsOf = Arc<dyn Fn(Environment, Environment) -> Terms + Send + Sync>;
