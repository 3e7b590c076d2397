//! Conditions, as Knative writes them into a status.

use serde_json::{Value, json};

/// What is found about one aspect of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub truth: Truth,
    /// One word; empty if there is none.
    pub reason: String,
    /// A message for people; empty if there is none.
    pub message: String,
}

/// Whether it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    True,
    False,
    Unknown,
}

/// A status and the time of its last change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    pub finding: Finding,
    since: String,
}

impl Finding {
    pub(crate) fn good() -> Self {
        Self { truth: Truth::True, reason: String::new(), message: String::new() }
    }

    pub(crate) fn open() -> Self {
        Self::unknown("", "")
    }

    pub(crate) fn unknown(reason: &str, message: impl Into<String>) -> Self {
        Self { truth: Truth::Unknown, reason: reason.to_owned(), message: message.into() }
    }

    pub(crate) fn bad(reason: &str, message: impl Into<String>) -> Self {
        Self { truth: Truth::False, reason: reason.to_owned(), message: message.into() }
    }

    pub(crate) fn is_good(&self) -> bool {
        self.truth == Truth::True
    }

    /// The finding about the whole, from those about its parts: the worst one, and of equals the
    /// later part.
    pub(crate) fn worst(first: &Self, second: &Self) -> Self {
        let weight = |finding: &Self| match finding.truth {
            Truth::True => 0,
            Truth::Unknown => 1,
            Truth::False => 2,
        };
        let silent = |finding: &Self| finding.reason.is_empty();
        let first_wins =
            weight(first) > weight(second) || (weight(first) == weight(second) && silent(second));
        if first_wins { first.clone() } else { second.clone() }
    }
}

impl Condition {
    pub(crate) fn new(finding: Finding, now: String) -> Self {
        Self { finding, since: now }
    }

    /// Another finding at the same time.
    pub(crate) fn beside(&self, finding: Finding) -> Self {
        Self::new(finding, self.since.clone())
    }

    /// Takes over a finding; the time moves only if it is another one.
    pub(crate) fn set(&mut self, finding: Finding, now: String) {
        if self.finding != finding {
            *self = Self::new(finding, now);
        }
    }

    pub(crate) fn to_json(&self, kind: &str) -> Value {
        let status = match self.finding.truth {
            Truth::True => "True",
            Truth::False => "False",
            Truth::Unknown => "Unknown",
        };
        let mut condition =
            json!({"lastTransitionTime": self.since, "status": status, "type": kind});
        if !self.finding.reason.is_empty() {
            condition["reason"] = json!(self.finding.reason);
        }
        if !self.finding.message.is_empty() {
            condition["message"] = json!(self.finding.message);
        }
        condition
    }
}
