//! Text of any length, cut to what an audit line may hold. A cut text keeps its beginning and its
//! end, and says how much is missing.

/// Bytes of one text.
const TEXT_MAX: usize = 4096;
/// Bytes of an argument list.
const ARGUMENTS_MAX: usize = 65_536;

/// The text, or its beginning and its end.
pub(super) fn capped(text: &str) -> String {
    capped_to(text, TEXT_MAX)
}

/// The arguments, those beyond what all of them together may hold cut short.
pub(super) fn arguments(argv: &[String]) -> Vec<String> {
    let mut left = ARGUMENTS_MAX;
    let kept = argv.iter().map(|word| {
        let word = capped_to(word, left.max(64));
        left = left.saturating_sub(word.len());
        word
    });
    kept.take(ARGUMENTS_MAX / 64).collect()
}

fn capped_to(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let (begin, end) =
        (text.floor_char_boundary(max / 2), text.ceil_char_boundary(text.len() - max / 2));
    format!("{} [{} bytes left out] {}", &text[..begin], end - begin, &text[end..])
}
