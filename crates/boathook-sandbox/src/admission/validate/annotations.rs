//! Access to annotations.

use serde_json::Value;

/// The first of several spellings that is there, with its value.
pub(super) fn first<'a>(
    annotations: &'a Value,
    spellings: &[&'a str],
) -> Option<(&'a str, &'a str)> {
    spellings.iter().find_map(|key| Some((*key, annotations[*key].as_str()?)))
}

/// The keys that begin so.
pub(super) fn beginning_with<'a>(
    annotations: &'a Value,
    prefix: &'a str,
) -> impl Iterator<Item = &'a str> {
    annotations
        .as_object()
        .into_iter()
        .flat_map(|entries| entries.keys())
        .map(String::as_str)
        .filter(move |key| key.starts_with(prefix))
}
