//! Texts in which `*` stands for any characters.

/// Whether the whole of a text matches a pattern: each piece between two `*` is searched from the
/// left, and the last piece at the end.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(text) = text.strip_prefix(first).and_then(|text| text.strip_suffix(last)) else {
        return false;
    };
    let left = middle
        .split('*')
        .try_fold(text, |left, piece| left.find(piece).map(|at| &left[at + piece.len()..]));
    left.is_some()
}
