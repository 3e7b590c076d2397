//! Annotations that hold a duration in whole seconds.

use serde_json::Value;

use crate::admission::{
    field_errors::FieldErrors,
    go_duration::{self, SECOND},
    validate::annotations,
};

/// Refuses what is no duration, has a fraction of a second, or is negative. An empty one counts as
/// none.
pub(super) fn whole_seconds(annotated: &Value, word: &str, spellings: &[&str]) -> FieldErrors {
    let Some((key, text)) =
        annotations::first(annotated, spellings).filter(|(_, text)| !text.is_empty())
    else {
        return FieldErrors::none();
    };
    match go_duration::parse(text) {
        None => FieldErrors::invalid(text, key),
        Some(nanos) if nanos % SECOND != 0 => {
            FieldErrors::one(format!("{word}={text} is not at second precision"), &[key])
        }
        Some(nanos) if nanos < 0 => {
            FieldErrors::one(format!("{word}={text} must be positive"), &[key])
        }
        Some(_) => FieldErrors::none(),
    }
}
