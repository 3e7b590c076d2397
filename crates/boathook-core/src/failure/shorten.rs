//! Long messages: what happened stands at the beginning, and why at the end.

/// The text, cut to about `max` characters; the middle is replaced by a note.
#[must_use]
pub fn shorten(text: &str, max: usize) -> String {
    let length = text.chars().count();
    if length <= max {
        return text.to_owned();
    }
    let first = max * 2 / 5;
    let last = max - max * 2 / 5;
    let head: String = text.chars().take(first).collect();
    let tail: String = text.chars().skip(length - last).collect();
    format!("{head} [... {} characters left out ...] {tail}", length - first - last)
}
