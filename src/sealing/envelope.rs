//! How a sealed body is written: one JSON object with two texts, so it means the same after a relay
//! has written it anew.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;

use crate::sealing::{KEY_BYTES, KeyId, TAG_BYTES};

/// The object's only key.
const MARK: &[u8] = b"\"boathook_sealed\"";
/// Bytes of the envelope around the sealed text.
const AROUND: usize = r#"{"boathook_sealed":{"key":"0123456789abcdef","body":""}}"#.len();

/// A sealed body.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Envelope {
    boathook_sealed: Sealed,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    /// The id of the key that opens it.
    key: String,
    /// The encapsulated key and the sealed text, in base64.
    body: String,
}

/// An envelope, taken apart.
pub(super) struct Contents {
    pub(super) key: KeyId,
    pub(super) encapsulated: Vec<u8>,
    pub(super) text: Vec<u8>,
}

/// Whether a body says that it is sealed.
#[must_use]
pub fn is_sealed(body: &[u8]) -> bool {
    let rest = body.trim_ascii_start().strip_prefix(b"{");
    rest.is_some_and(|rest| rest.trim_ascii_start().starts_with(MARK))
}

/// The length of the longest sealed body that opens to `max` bytes.
#[must_use]
pub const fn sealed_max(max: usize) -> usize {
    AROUND + ((KEY_BYTES + TAG_BYTES + max) * 4).div_ceil(3)
}

impl Envelope {
    pub(super) fn new(key: &KeyId, encapsulated: &[u8], text: &[u8]) -> Self {
        let body = URL_SAFE_NO_PAD.encode([encapsulated, text].concat());
        Self { boathook_sealed: Sealed { key: key.to_string(), body } }
    }

    pub(super) fn to_json(&self) -> String {
        let Sealed { key, body } = &self.boathook_sealed;
        // Neither text needs an escape.
        format!(r#"{{"boathook_sealed":{{"key":"{key}","body":"{body}"}}}}"#)
    }

    /// Takes a sealed body apart, if it is well formed.
    pub(super) fn read(body: &[u8]) -> Option<Contents> {
        let Self { boathook_sealed: Sealed { key, body } } = serde_json::from_slice(body).ok()?;
        let key = KeyId::parse(&key)?;
        let mut encapsulated = URL_SAFE_NO_PAD.decode(body).ok()?;
        if encapsulated.len() < KEY_BYTES + TAG_BYTES {
            return None;
        }
        let text = encapsulated.split_off(KEY_BYTES);
        Some(Contents { key, encapsulated, text })
    }
}
