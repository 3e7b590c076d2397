//! The ways in which programs write a secret down: as it is, quoted, in a URL, in base64, a line at
//! a time.

use std::collections::BTreeSet;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE},
};

/// A spelling with fewer bytes would blot ordinary words.
pub const MIN_BYTES: usize = 8;
/// Lines of a secret that are looked for by themselves have at least so many bytes.
const MIN_LINE: usize = 16;

/// Every spelling of a secret; none of one that is too short to be distinguished from ordinary
/// words.
pub(super) fn spellings(secret: &[u8]) -> BTreeSet<String> {
    let secret = secret.trim_ascii();
    if secret.len() < MIN_BYTES {
        return BTreeSet::new();
    }
    let text = String::from_utf8_lossy(secret);
    let lines =
        text.lines().map(str::trim).filter(|line| line.len() >= MIN_LINE).map(str::to_owned);
    let quoted = serde_json::Value::from(text.as_ref()).to_string();
    let mut all: BTreeSet<String> = lines.collect();
    all.extend([
        quoted[1..quoted.len() - 1].to_owned(),
        text.escape_default().to_string(),
        hex::encode(secret),
    ]);
    let in_url =
        [percent_encoded(secret, "0123456789ABCDEF"), percent_encoded(secret, "0123456789abcdef")];
    all.extend(in_url.iter().map(|text| text.replace("%20", "+")));
    all.extend(in_url);
    all.extend([STANDARD.encode(secret), URL_SAFE.encode(secret)]);
    all.extend((0..3).flat_map(|before| base64_inside(secret, before)));
    all.insert(text.into_owned());
    all.retain(|spelling| spelling.len() >= MIN_BYTES);
    all
}

/// What is always the same of the base64 text in which the secret follows `before` other bytes, as
/// in `user:password`.
fn base64_inside(secret: &[u8], before: usize) -> [String; 2] {
    let bytes = [vec![0; before], secret.to_vec()].concat();
    let first = (before * 8).div_ceil(6);
    let end = bytes.len() * 8 / 6;
    [STANDARD.encode(&bytes), URL_SAFE.encode(&bytes)].map(|text| text[first..end].to_owned())
}

fn percent_encoded(secret: &[u8], digits: &str) -> String {
    let digit = |number: u8| char::from(digits.as_bytes()[usize::from(number)]);
    let letters = secret.iter().flat_map(|byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            vec![char::from(*byte)]
        }
        _ => vec!['%', digit(byte >> 4), digit(byte & 15)],
    });
    letters.collect()
}
