//! Where a secret is read from: a variable, a file, or a systemd credential. Neither the
//! configuration nor a record ever holds the secret itself.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

const VARIABLE: &str = "the variable ";
const CREDENTIAL: &str = "the credential ";

/// The place of a secret: exactly one of the three.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// A variable of boathook's that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
    /// A file that holds it and that others may neither read nor change; a line break at its end
    /// does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// A systemd credential that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

impl Source {
    /// Whether exactly one place is named.
    #[must_use]
    pub fn is_one(&self) -> bool {
        let Self { env, file, credential } = self;
        [env.is_some(), file.is_some(), credential.is_some()]
            .into_iter()
            .filter(|named| *named)
            .count()
            == 1
    }

    /// The place in words, if one is named.
    #[must_use]
    pub fn place(&self) -> String {
        let Self { env, file, credential } = self;
        match (env, file, credential) {
            (Some(name), ..) => format!("{VARIABLE}{name}"),
            (None, Some(path), _) => path.display().to_string(),
            (None, None, Some(name)) => format!("{CREDENTIAL}{name}"),
            (None, None, None) => String::new(),
        }
    }

    /// The source whose place is this.
    #[must_use]
    pub fn of_place(place: &str) -> Self {
        match (place.strip_prefix(VARIABLE), place.strip_prefix(CREDENTIAL)) {
            (Some(name), _) => Self { env: Some(name.to_owned()), ..Self::default() },
            (None, Some(name)) => Self { credential: Some(name.to_owned()), ..Self::default() },
            (None, None) => Self { file: Some(place.into()), ..Self::default() },
        }
    }
}
