//! A condition in an object's status.

use serde::Deserialize;

/// One condition: what, whether, and why.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Condition {
    /// Such as `Ready`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// One word, for machines.
    #[serde(default)]
    pub reason: String,
    /// A sentence for people; untrusted wherever it is shown.
    #[serde(default)]
    pub message: String,
}

impl Condition {
    /// Whether it holds.
    #[must_use]
    pub(crate) fn is_true(&self) -> bool {
        self.status == "True"
    }

    /// Whether it is known not to hold.
    #[must_use]
    pub fn is_false(&self) -> bool {
        self.status == "False"
    }

    /// `Ready=False (ExitCode3: Container failed with: ...)`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let why = match (self.reason.as_str(), self.message.trim()) {
            ("", "") => return format!("{}={}", self.kind, self.status),
            ("", message) => message.to_owned(),
            (reason, "") => reason.to_owned(),
            (reason, message) => format!("{reason}: {message}"),
        };
        format!("{}={} ({why})", self.kind, self.status)
    }
}

pub(super) fn find<'a>(conditions: &'a [Condition], kind: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.kind == kind)
}
