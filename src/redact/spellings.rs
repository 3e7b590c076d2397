//! The ways in which programs write a secret down: as it is, quoted, in a URL, in base64, a line at a time.

use std::{collections::BTreeSet, fmt::Write as _};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE},
};

/// A spelling with fewer bytes would blot ordinary words.
pub(super) const MIN_BYTES: usize = 8;
/// Lines of a secret that are looked for by themselves have at least so many bytes.
const MIN_LINE: usize = 16;

/// Every spelling of a secret; none of one that is too short to be told from ordinary words.
pub(super) fn spellings(secret: &[u8]) -> BTreeSet<String> {
    let secret = secret.trim_ascii();
    if secret.len() < MIN_BYTES {
        return BTreeSet::new();
    }
    let text = String::from_utf8_lossy(secret);
    let lines = text.lines().map(str::trim).filter(|line| line.len() >= MIN_LINE).map(str::to_owned);
    let quoted = serde_json::Value::from(text.as_ref()).to_string();
    let mut all: BTreeSet<String> = lines.collect();
    all.extend([quoted[1..quoted.len() - 1].to_owned(), text.escape_default().to_string(), hex::encode(secret)]);
    let in_url = percent_encoded(secret);
    all.extend([in_url.replace("%20", "+"), in_url.to_lowercase(), in_url]);
    all.extend((0..3).flat_map(|before| base64_inside(secret, before)));
    all.insert(text.into_owned());
    all.retain(|spelling| spelling.len() >= MIN_BYTES);
    all
}

/// What is always the same of the base64 text in which the secret follows `before` other bytes, as in `user:password`.
fn base64_inside(secret: &[u8], before: usize) -> [String; 2] {
    let bytes = [vec![0; before], secret.to_vec()].concat();
    let first = (before * 8).div_ceil(6);
    let end = bytes.len() * 8 / 6;
    [STANDARD.encode(&bytes), URL_SAFE.encode(&bytes)].map(|text| text[first..end].to_owned())
}

fn percent_encoded(secret: &[u8]) -> String {
    secret.iter().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            text.push(char::from(*byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}
