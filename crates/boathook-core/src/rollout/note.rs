//! What an operator should know of a plan, and what that is about.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One note of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct Note {
    /// What it is about.
    pub about: Topic,
    /// The words; they quote manifests.
    pub text: String,
}

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// A container keeps the image of the manifest.
    KeptImage,
    /// `containers` in the config names a container that no manifest has.
    MissingContainer,
    /// The deployment changes who can reach the service.
    Visibility,
    /// The deployment removes someone's tag.
    RemovedTag,
    /// What changes beside the service could not be found out.
    UnknownChanges,
    /// Anything else.
    Other,
}

/// A note in a record; format 7 of the journal stored the text alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Text(String),
    Note { about: Topic, text: String },
}

impl From<Stored> for Note {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Text(text) => text.into(),
            Stored::Note { about, text } => about.note(text),
        }
    }
}

impl Topic {
    /// A note about it.
    #[must_use]
    pub const fn note(self, text: String) -> Note {
        Note { about: self, text }
    }
}

impl From<String> for Note {
    fn from(text: String) -> Self {
        Topic::Other.note(text)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
