//! How often each secret has signed, as the record says.

use boathook_core::deployment::Environment;
use jiff::Timestamp;

/// A secret that signed deployments of which there is a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The environment that lists the secret.
    pub environment: Environment,
    /// The secret's id.
    pub id: String,
    /// How many it signed; repeats, retries and rollbacks are none.
    pub deployments: u64,
    /// When the last of them was accepted.
    pub last: Timestamp,
}
