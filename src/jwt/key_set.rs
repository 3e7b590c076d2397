//! The keys that an issuer publishes (a JSON Web Key Set).

use serde::Deserialize;
use serde_json::Value;

use crate::jwt::PublicKey;

/// Keys that a set may have; issuers publish two to ten.
const KEYS_MAX: usize = 100;

/// The keys of an issuer that can verify its tokens.
#[derive(Clone, Debug, Default)]
pub struct KeySet(Vec<PublicKey>);

/// Why a document is not a set of keys.
#[derive(Debug, thiserror::Error)]
pub enum KeySetError {
    #[error("it is not a JSON Web Key Set")]
    Malformed(#[from] serde_json::Error),
    #[error("it has {0} keys, and {KEYS_MAX} are allowed")]
    TooMany(usize),
    #[error("none of its keys is for RS256 or ES256 signatures and has a `kid`")]
    NoUsableKey,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl KeySet {
    /// Reads a set, and leaves out the keys that can verify no token here.
    pub fn parse(document: &[u8]) -> Result<Self, KeySetError> {
        let Document { keys } = serde_json::from_slice(document)?;
        if keys.len() > KEYS_MAX {
            return Err(KeySetError::TooMany(keys.len()));
        }
        let usable: Vec<_> = keys.into_iter().filter_map(PublicKey::read).collect();
        if usable.is_empty() { Err(KeySetError::NoUsableKey) } else { Ok(Self(usable)) }
    }

    /// The key with a name; none if two have it.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&PublicKey> {
        let mut named = self.0.iter().filter(|key| key.id == id);
        named.next().filter(|_| named.next().is_none())
    }

    /// How many keys it has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has none, as before the first fetch.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
