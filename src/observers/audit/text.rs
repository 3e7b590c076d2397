//! Text of any length, cut to what an audit line may hold. A cut text keeps its beginning and its
//! end, and says how much is missing.

use serde::Serialize;
use serde_json::{Map, Value, json};

/// Bytes of one text.
const TEXT_MAX: usize = 4096;
/// Bytes of an argument list.
const ARGUMENTS_MAX: usize = 65_536;

/// The text, or its beginning and its end.
pub(super) fn capped(text: &str) -> String {
    capped_to(text, TEXT_MAX)
}

/// The fields of an event, its name left out and its texts cut.
pub(super) fn all_fields(event: &impl Serialize) -> Value {
    let Value::Object(fields) = json!(event) else { return Value::Null };
    let cut = |(name, value)| {
        let value = match value {
            Value::String(text) => json!(capped(&text)),
            Value::Array(argv) => {
                json!(arguments(argv.iter().filter_map(Value::as_str)))
            }
            other => other,
        };
        (name, value)
    };
    fields.into_iter().filter(|(name, _)| name != "type").map(cut).collect::<Map<_, _>>().into()
}

/// The arguments, those beyond what all of them together may hold cut short.
pub(super) fn arguments<T: AsRef<str>>(argv: impl IntoIterator<Item = T>) -> Vec<String> {
    let mut left = ARGUMENTS_MAX;
    let kept = argv.into_iter().map(|word| {
        let word = capped_to(word.as_ref(), left.max(64));
        left = left.saturating_sub(word.len());
        word
    });
    kept.take(ARGUMENTS_MAX / 64).collect()
}

fn capped_to(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let begin = text.floor_char_boundary(max / 2);
    let end = text.ceil_char_boundary(text.len() - max / 2);
    format!("{} [{} bytes left out] {}", &text[..begin], end - begin, &text[end..])
}
