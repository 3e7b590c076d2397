//! How a word of the API reads, and what marks a note.

/// A note for people.
pub(crate) fn note(text: &str) -> String {
    format!("note: {text}")
}

/// A word of the API with spaces.
pub(crate) fn spaced(word: &str) -> String {
    word.replace('_', " ")
}
