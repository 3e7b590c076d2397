//! The bundle in the text of a request.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use boathook_core::deployment::Bundle;

use crate::bundles::{BundleError, BundleLimits, unpack};

/// How the base64 of everything gzipped begins.
const GZIP: &str = "H4sI";

/// The bundle in a text: the base64 of a gzipped tar, or one YAML text.
pub fn receive(text: &str, limits: &BundleLimits) -> Result<Bundle, BundleError> {
    if is_packed(text) {
        let digits: String = text.split_ascii_whitespace().collect();
        let packed = STANDARD.decode(digits).map_err(|_| BundleError::NotBase64)?;
        return unpack(&packed, limits);
    }
    receive_text(text, limits)
}

/// The bundle of one YAML text.
pub fn receive_text(text: &str, limits: &BundleLimits) -> Result<Bundle, BundleError> {
    if text.len() > limits.max_bytes {
        return Err(BundleError::LongText { max: limits.max_bytes });
    }
    if text.trim().is_empty() {
        return Err(BundleError::Empty);
    }
    Ok(Bundle::of_text(text))
}

/// No YAML that holds objects is of these characters alone. `base64` breaks lines.
fn is_packed(text: &str) -> bool {
    let is_base64 = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'\n' | b'\r')
    };
    text.starts_with(GZIP) && text.bytes().all(is_base64)
}
