//! A kind of objects in a policy.

use std::fmt;

use boathook_core::objects::Document;
use serde::Deserialize;

/// A kind, with its API group where that is not the core: `ConfigMap`,
/// `Service.serving.knative.dev`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct KindName {
    kind: String,
    /// Empty for the core.
    group: String,
}

impl KindName {
    /// Parses a kind; none if no kind is called so.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, group) = text.split_once('.').unwrap_or((text, ""));
        let is_kind = kind.starts_with(|first: char| first.is_ascii_uppercase())
            && kind.chars().all(|letter| letter.is_ascii_alphanumeric());
        let is_group = group.split('.').all(|part| !part.is_empty()) || !text.contains('.');
        let is_plain = |letter: char| {
            letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '.' | '-')
        };
        (is_kind && is_group && group.chars().all(is_plain))
            .then(|| Self { kind: kind.to_owned(), group: group.to_owned() })
    }

    /// The kind itself.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// An `apiVersion` of its group, whichever version that serves.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { "v1".to_owned() } else { format!("{}/v1", self.group) }
    }

    /// The kind of an object.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        let group = document.api_version().rsplit_once('/').map_or("", |(group, _)| group);
        Self { kind: document.kind().to_owned(), group: group.to_owned() }
    }
}

impl TryFrom<String> for KindName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or(
            "must be a kind, with its API group where it has one, such as ConfigMap or Service.serving.knative.dev",
        )
    }
}

impl fmt::Display for KindName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        if self.group.is_empty() { Ok(()) } else { write!(f, ".{}", self.group) }
    }
}
