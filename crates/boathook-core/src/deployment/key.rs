//! A secret that signs requests, as logs and audit name it.

use jiff::Timestamp;

use crate::deployment::{Environment, KeyUse};

/// What the configuration says about a secret, without the secret itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The environment whose requests it signs.
    pub environment: Environment,
    /// Its name in logs and audit; never the secret.
    pub id: String,
    /// What it may sign for.
    pub key_use: KeyUse,
    /// When it expires; `None` if it does not.
    pub not_after: Option<Timestamp>,
}

impl Key {
    /// Whether it has expired at `now`.
    #[must_use]
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.not_after.is_some_and(|last| now > last)
    }
}
