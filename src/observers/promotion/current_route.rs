//! How what succeeded in one environment goes to another by the current configuration: what must
//! hold before it is sent, and how it is sent.

use std::{sync::Arc, time::Duration};

use boathook_core::deployment::Environment;

use crate::observers::promotion::Deliver;

/// What a promotion requires by itself, besides what the next environment requires.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// How long the digest must have served where it succeeded, and in each environment of `after`.
    pub soak: Duration,
    /// The environments of the waves before, which must have it first.
    pub after: Vec<Environment>,
}

/// The route from one environment to another, all of one configuration.
#[derive(Clone)]
pub struct CurrentRoute {
    pub terms: Terms,
    pub deliver: Deliver,
}

/// Gives the route from one environment to another. One that the configuration does not describe
/// has no terms, and refuses what is sent.
pub type CurrentRoutes = Arc<dyn Fn(Environment, Environment) -> CurrentRoute + Send + Sync>;
