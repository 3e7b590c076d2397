//! Decodes a file's bytes as kubectl does: a byte order mark decides, and invalid bytes become
//! U+FFFD.

const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// The text of a file.
pub(super) fn text(bytes: &[u8]) -> String {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        rest => String::from_utf8_lossy(rest).into_owned(),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, half) = bytes.as_chunks::<2>();
    let characters = char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
        .map(|character| character.unwrap_or(REPLACEMENT));
    characters.chain((!half.is_empty()).then_some(REPLACEMENT)).collect()
}
