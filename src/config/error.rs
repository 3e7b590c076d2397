//! What is wrong with a configuration: in which file or variable, at which key, and what was
//! expected there.

use std::{fmt, io, path::PathBuf};

use boathook_core::{deployment::beginning, similar::closest};
use serde::de;

/// Characters of a wrong value that are shown.
const FOUND_MAX: usize = 60;

/// The hint for keys where someone may have written a secret itself.
const NEVER_HERE: &str =
    "; a secret itself never stands here: name its file, credential or variable";

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file or folder could not be read.
    #[error("{}: cannot be read", .file.display())]
    Unreadable {
        file: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// There is no configuration.
    #[error("{}: there is no such folder; --config names another, and scripts/setup.sh creates /etc/boathook", .0.display())]
    NoFolder(PathBuf),
    /// A file or variable holds no YAML.
    #[error("{origin}: {message}")]
    Syntax {
        /// The file or variable.
        origin: String,
        /// What is wrong, and where.
        message: String,
    },
    /// A file that would be an environment's, if it had another name.
    #[error("{}: {what}; a file here is default.yaml, or NAME.yaml for an environment of that name", .file.display())]
    StrayFile {
        file: PathBuf,
        /// Why its name cannot be used.
        what: String,
    },
    /// A value cannot be used.
    #[error(transparent)]
    Value(#[from] Problem),
}

/// One value that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file or variable that the value came from.
    origin: String,
    /// The key, such as `health.interval`.
    path: String,
    fault: Fault,
    located: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Fault {
    Unexpected { expected: String, found: String },
    UnknownKey { known: &'static [&'static str] },
    Missing { field: &'static str },
    Other(String),
}

impl Problem {
    /// A problem with the value at `path`, which came from `origin`.
    pub(super) fn new(origin: &str, path: &str, message: impl Into<String>) -> Self {
        Self {
            origin: origin.to_owned(),
            path: path.to_owned(),
            fault: Fault::Other(message.into()),
            located: true,
        }
    }

    /// Says where the problem is, if that is not yet known.
    pub(super) fn at(self, origin: &str, path: &str) -> Self {
        if self.located {
            return self;
        }
        let path = match self.fault {
            Fault::Missing { field } if path.is_empty() => field.to_owned(),
            Fault::Missing { field } => format!("{path}.{field}"),
            Fault::Unexpected { .. } | Fault::UnknownKey { .. } | Fault::Other(_) => {
                path.to_owned()
            }
        };
        Self { origin: origin.to_owned(), path, located: true, ..self }
    }

    /// The key, such as `health.interval`.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Puts `section` before the key where the value came from `file`, which holds it there.
    pub(super) fn below(mut self, section: &str, file: &str) -> Self {
        if self.origin == file {
            self.path = format!("{section}.{}", self.path);
        }
        self
    }

    /// Puts the name of the section before the key; where `origin` is known, the value came from
    /// there.
    pub(super) fn inside(self, section: &str, origin: Option<&str>) -> Self {
        let origin = origin.map_or(self.origin, str::to_owned);
        Self { path: format!("{section}.{}", self.path), origin, ..self }
    }

    fn unlocated(fault: Fault) -> Self {
        Self { origin: String::new(), path: String::new(), fault, located: false }
    }

    /// Whether the value here may be a secret, which is never shown.
    fn is_secret(&self) -> bool {
        self.names_secrets()
            || self.path.split(['.', '[']).any(|part| matches!(part, "environment" | "headers"))
    }

    /// Whether this is where secrets are named.
    fn names_secrets(&self) -> bool {
        self.path.split(['.', '[']).any(|part| matches!(part, "secrets" | "notify"))
    }

    /// Whether someone may have written the secret instead of its name.
    fn may_be_written_down(&self) -> bool {
        let places: &[&str] = if self.path.starts_with("notify") {
            &[".slack", ".webhook", ".url", ".secret"]
        } else {
            &["secrets", "]"]
        };
        let in_place = places.iter().any(|place| self.path.ends_with(place));
        self.names_secrets() && (in_place || matches!(self.fault, Fault::UnknownKey { .. }))
    }

    fn what(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fault {
            Fault::Unexpected { expected, .. } if self.is_secret() => {
                write!(f, "expected {expected}")
            }
            Fault::Unexpected { expected, found } => {
                write!(f, "expected {expected}, found {found}")
            }
            Fault::UnknownKey { known } => {
                let key = self.path.rsplit('.').next().unwrap_or_default();
                let meant = closest(key, known.iter().copied());
                let hint = meant.map(|meant| format!(" (did you mean `{meant}`?)"));
                let hint = hint.unwrap_or_default();
                write!(f, "unknown key{hint}; known here: {}", known.join(", "))
            }
            Fault::Missing { .. } => f.write_str("missing, and it has no default"),
            Fault::Other(message) => f.write_str(message),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: ", self.origin, self.path)?;
        self.what(f)?;
        if self.may_be_written_down() { f.write_str(NEVER_HERE) } else { Ok(()) }
    }
}

impl std::error::Error for Problem {}

impl de::Error for Problem {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::unlocated(Fault::Other(message.to_string()))
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::unlocated(Fault::Unexpected {
            expected: plain(&expected.to_string()),
            found: describe(&found),
        })
    }

    fn invalid_value(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let found = describe(&de::Unexpected::Str(variant));
        Self::unlocated(Fault::Unexpected { expected: expected.join(" or "), found })
    }

    fn unknown_field(_: &str, known: &'static [&'static str]) -> Self {
        Self::unlocated(Fault::UnknownKey { known })
    }

    fn missing_field(field: &'static str) -> Self {
        Self::unlocated(Fault::Missing { field })
    }
}

/// What serde expects, in an operator's words.
fn plain(expected: &str) -> String {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number within its range",
        "a boolean" => "true or false",
        "a string" | "string" => "text (numbers and true or false need quotes to be text)",
        "path string" => "a path",
        "a sequence" => "a list",
        "a map" => "a section",
        other if other.starts_with("struct ") => "a section",
        other => other,
    }
    .to_owned()
}

fn describe(found: &de::Unexpected<'_>) -> String {
    match found {
        de::Unexpected::Bool(value) => value.to_string(),
        de::Unexpected::Unsigned(value) => format!("the number {value}"),
        de::Unexpected::Signed(value) => format!("the number {value}"),
        de::Unexpected::Float(value) => format!("the number {value}"),
        de::Unexpected::Str(text) => {
            format!("{:?}", beginning(text, FOUND_MAX))
        }
        de::Unexpected::Unit | de::Unexpected::Option => "nothing".to_owned(),
        de::Unexpected::Seq => "a list".to_owned(),
        de::Unexpected::Map => "a section".to_owned(),
        other => other.to_string(),
    }
}
