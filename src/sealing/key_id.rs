//! What tells keys apart in messages.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// Bytes of a key's digest that name it.
const ID_BYTES: usize = 8;

/// The beginning of a public key's digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyId(String);

impl KeyId {
    /// The id of a public key.
    pub(super) fn of(key: &[u8]) -> Self {
        Self(hex::encode(&Sha256::digest(key)[..ID_BYTES]))
    }

    /// Reads an id, which comes from outside.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let is_hex = text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
        (text.len() == 2 * ID_BYTES && is_hex).then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
