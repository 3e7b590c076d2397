//! The beginning of a text that may be long, in whole characters.

/// The first `max` characters of a text.
#[must_use]
pub fn beginning(text: &str, max: usize) -> &str {
    text.char_indices().nth(max).map_or(text, |(end, _)| &text[..end])
}

/// The same; a text that goes on has `mark` at its end.
#[must_use]
pub fn marked_beginning(text: &str, max: usize, mark: &str) -> String {
    let shown = beginning(text, max);
    if shown.len() < text.len() { format!("{shown}{mark}") } else { text.to_owned() }
}
