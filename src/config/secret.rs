//! The bytes that sign requests, and whether they are strong enough.
//!
//! Never shown, but not wiped (`secrecy`, `zeroize`): the redactor needs every spelling of them in
//! memory for as long as they are in use.

use std::fmt;

/// The minimum length of a secret in bytes.
const MIN_BYTES: usize = 16;
/// The minimum number of different bytes in a secret: `abababababababab` is refused.
const MIN_DIFFERENT: usize = 6;
/// Secrets of documentation and samples, reduced to their letters and digits. Shorter ones are
/// refused for their length.
const KNOWN: [&str; 11] = [
    "changemechangeme",
    "changethissecret",
    "itsasecrettoeverybody",
    "mysecretwebhooksecret",
    "mysupersecretsecret",
    "replacethissecret",
    "supersecretsupersecret",
    "thisisasecretkey",
    "yoursecurewebhooksecret",
    "yourwebhooksecret",
    "yourwebhooksecrethere",
];

/// Bytes that sign requests and are never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Accepts the bytes, or says why they are too weak.
    pub fn new(bytes: Vec<u8>) -> Result<Self, &'static str> {
        match weakness(&bytes) {
            Some(why) => Err(why),
            None => Ok(Self(bytes)),
        }
    }

    /// The bytes, for computing a signature.
    #[must_use]
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

fn weakness(bytes: &[u8]) -> Option<&'static str> {
    let letters: String = bytes
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(|byte| char::from(byte.to_ascii_lowercase()))
        .collect();
    let mut different = bytes.to_vec();
    different.sort_unstable();
    different.dedup();
    if bytes.is_empty() {
        Some("is empty")
    } else if bytes.starts_with(b"${") || bytes.starts_with(b"{{") || bytes.starts_with(b"<") {
        Some("is a placeholder that was never filled in")
    } else if bytes.len() < MIN_BYTES {
        Some("has fewer than 16 bytes")
    } else if KNOWN.contains(&letters.as_str()) {
        Some("is one that everybody knows from a sample")
    } else if different.len() < MIN_DIFFERENT {
        Some("repeats the same few characters")
    } else {
        None
    }
}
