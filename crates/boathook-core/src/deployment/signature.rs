//! How a request is signed. Sender and receiver share this code, so they cannot diverge.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The documented signature header, in lower case.
pub const SIGNATURE_HEADER: &str = "x-signature-sha256";

/// HMAC-SHA256 with a secret, ready for a body.
#[must_use]
pub fn keyed(secret: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(secret).expect("HMAC takes a key of any length")
}

/// The signature of a body, as the header's value: `sha256=<hex>`.
#[must_use]
pub fn sign(secret: &[u8], body: &[u8]) -> String {
    format!("sha256={}", hex::encode(keyed(secret).chain_update(body).finalize().into_bytes()))
}
