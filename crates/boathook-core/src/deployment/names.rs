//! Names of Kubernetes objects, in the grammar that Kubernetes and Knative accept.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The traffic tag under which boathook names a candidate.
pub const TAG: &str = "boathook";

/// The maximum length of a DNS label (RFC 1035).
const LABEL_MAX: usize = 63;

/// A text that is no name Kubernetes would accept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// Not a DNS label.
    #[error(
        "{what} `{}` is not a DNS label: at most 63 of a-z, 0-9 and `-`, beginning with a letter{} and ending with a letter or digit",
        .text.escape_default(), if *.digit_first { " or digit" } else { "" }
    )]
    NotALabel {
        /// Which name it was to be.
        what: &'static str,
        /// The text, cut to 64 characters.
        text: String,
        /// Whether it may begin with a digit (RFC 1123) or not (RFC 1035).
        digit_first: bool,
    },
    /// Knative builds `tag-service` as one DNS label.
    #[error(
        "service_name `{0}` is too long: with the traffic tag `{TAG}-` before it, it may have at most 54 characters"
    )]
    TooLongForTag(String),
}

fn label(what: &'static str, digit_first: bool, text: &str) -> Result<String, InvalidName> {
    let bytes = text.as_bytes();
    let letter_or_digit = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let whole = bytes.len() <= LABEL_MAX
        && bytes
            .first()
            .is_some_and(|b| b.is_ascii_lowercase() || (digit_first && b.is_ascii_digit()))
        && bytes.last().is_some_and(letter_or_digit)
        && bytes.iter().all(|b| letter_or_digit(b) || *b == b'-');
    if whole {
        Ok(text.to_owned())
    } else {
        Err(InvalidName::NotALabel { what, text: text.chars().take(64).collect(), digit_first })
    }
}

macro_rules! label_type {
    ($(#[$doc:meta])* $name:ident, $what:literal, digit_first: $digit_first:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Parses the name; the error says what the grammar is.
            pub fn parse(text: &str) -> Result<Self, InvalidName> {
                let check: fn(String) -> Result<String, InvalidName> = $check;
                label($what, $digit_first, text).and_then(check).map(Self)
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }
    };
}

label_type!(
    /// A Kubernetes namespace.
    Namespace, "namespace", digit_first: true, Ok
);
label_type!(
    /// A Knative service.
    ServiceName, "service_name", digit_first: false, |text| {
        if TAG.len() + 1 + text.len() <= LABEL_MAX { Ok(text) } else { Err(InvalidName::TooLongForTag(text)) }
    }
);
label_type!(
    /// A Knative revision.
    RevisionName, "revision", digit_first: false, Ok
);

/// What only one deployment at a time may change.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ServiceKey {
    /// The service's namespace.
    pub namespace: Namespace,
    /// The service's name.
    pub service: ServiceName,
}

impl fmt::Display for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.service)
    }
}
