//! The parts of a manifest that must never be recorded: the values of Secrets.

use std::{collections::HashSet, sync::LazyLock};

use base64::{Engine, engine::general_purpose::STANDARD};
use boathook_core::objects::Document;
use regex::Regex;
use serde_json::{Map, Value};

use crate::redact::speaks_of_a_secret;

/// A larger value is not redacted as a whole, only the parts under names that suggest a secret.
const VALUE_MAX: usize = 16 << 10;
/// Common words in Secrets that are not secret.
const COMMON: [&str; 14] = [
    "username",
    "password",
    "localhost",
    "postgres",
    "postgresql",
    "production",
    "development",
    "kubernetes",
    "disabled",
    "database",
    "anonymous",
    "application",
    "administrator",
    "changeme",
];
/// A name or address, as it occurs elsewhere too.
static NAME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[A-Za-z][A-Za-z.-]*$").expect("the pattern is fixed"));
/// `name: value` or `NAME=value` in a line of a file, quotes and commas aside.
static LINE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?m)^[ \t]*(?:export[ \t]+)?["']?([A-Za-z0-9_.-]+)["']?[ \t]*[:=][ \t]*(.+?)[ \t\r,]*$"#,
    )
    .expect("the pattern is fixed")
});
/// The password in a URL.
static PASSWORD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"://[^/ \t\r\n:@]*:([^/ \t\r\n@]+)@").expect("the pattern is fixed")
});

/// Names that appear outside Secrets, or as a Secret's own name.
#[derive(Debug, Default)]
pub(super) struct InTheClear(HashSet<String>);

impl InTheClear {
    /// Adds the names in an object.
    pub(super) fn take_up(&mut self, object: &Value) {
        if is_secret(object) {
            let names = ["name", "namespace"]
                .iter()
                .filter_map(|field| object.get("metadata")?.get(field)?.as_str());
            names.for_each(|name| self.add(name));
        } else {
            self.add_all(object);
        }
    }

    /// Whether a value is a plain name (only letters, `.` and `-`) that also appears outside
    /// Secrets, or a common word: hiding it would make messages unreadable.
    pub(super) fn is_plain(&self, value: &[u8]) -> bool {
        let text = str::from_utf8(value).unwrap_or_default().trim();
        NAME.is_match(text)
            && (self.0.contains(text) || COMMON.iter().any(|word| word.eq_ignore_ascii_case(text)))
    }

    fn add(&mut self, text: &str) {
        let text = text.trim();
        if NAME.is_match(text) {
            self.0.insert(text.to_owned());
        }
    }

    fn add_all(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.add(text),
            Value::Array(items) => items.iter().for_each(|item| self.add_all(item)),
            Value::Object(entries) => entries.iter().for_each(|(key, value)| {
                self.add(key);
                self.add_all(value);
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// The secrets in the documents, without those that are plain.
#[must_use]
pub fn secrets(documents: &[Document]) -> Vec<Vec<u8>> {
    let mut clear = InTheClear::default();
    documents.iter().for_each(|document| clear.take_up(&document.0));
    documents
        .iter()
        .flat_map(|document| of_value(&document.0))
        .filter(|value| !clear.is_plain(value))
        .collect()
}

fn is_secret(value: &Value) -> bool {
    value.get("kind").and_then(Value::as_str) == Some("Secret")
}

/// The values in anything with the kind Secret, including patches.
pub(super) fn of_value(value: &Value) -> Vec<Vec<u8>> {
    if is_secret(value) { of_fields(value) } else { Vec::new() }
}

/// The values in what is a Secret, whatever it calls itself.
pub(super) fn of_fields(value: &Value) -> Vec<Vec<u8>> {
    let entries =
        |field| value.get(field).and_then(Value::as_object).into_iter().flat_map(Map::iter);
    let data =
        entries("data").flat_map(|(key, value)| value.as_str().map(|text| (key, decoded(text))));
    let texts = entries("stringData").map(|(key, value)| {
        (key, value.as_str().map_or_else(|| value.to_string(), str::to_owned).into_bytes())
    });
    data.chain(texts).flat_map(|(key, value)| with_parts(key, value)).collect()
}

fn decoded(text: &str) -> Vec<u8> {
    let digits: String = text.split_ascii_whitespace().collect();
    STANDARD.decode(digits).unwrap_or_else(|_| text.as_bytes().to_vec())
}

/// A value and the secrets within it: passwords in URLs, and what stands under a name that promises
/// one in JSON or in lines.
pub(super) fn with_parts(key: &str, value: Vec<u8>) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    if let Ok(text) = str::from_utf8(&value) {
        parts.extend(PASSWORD.captures_iter(text).map(|found| found[1].to_owned()));
        match serde_json::from_str::<Value>(text) {
            Ok(json @ (Value::Object(_) | Value::Array(_))) => in_json(key, &json, &mut parts),
            _ => parts.extend(
                LINE.captures_iter(text)
                    .filter(|found| speaks_of_a_secret(&found[1]))
                    .map(|found| unquoted(&found[2])),
            ),
        }
    }
    let whole = (value.len() <= VALUE_MAX).then_some(value);
    whole.into_iter().chain(parts.into_iter().map(String::into_bytes)).collect()
}

fn unquoted(text: &str) -> String {
    text.trim_matches(|c| matches!(c, '"' | '\'')).to_owned()
}

fn in_json(name: &str, value: &Value, parts: &mut Vec<String>) {
    match value {
        Value::String(text) if speaks_of_a_secret(name) => parts.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| in_json(name, item, parts)),
        Value::Object(entries) => {
            entries.iter().for_each(|(name, value)| in_json(name, value, parts))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
