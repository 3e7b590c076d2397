//! Why a feed cannot read now.

use std::time::Duration;

use boathook_core::{
    api_server::{ReadAnswer, ReadError},
    failure::shorten,
};
use serde::Deserialize;

/// Characters of an answer that is no object.
const WORDS_MAX: usize = 400;

/// Why a feed cannot read now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Trouble {
    /// Access control refuses it.
    #[error("{0}")]
    Forbidden(String),
    /// The version to go on from is no longer known: everything is listed again.
    #[error("the API server no longer knows the version that was read last")]
    Expired,
    /// Anything else; it may pass.
    #[error("{words}")]
    Unread {
        words: String,
        /// What the API server asks those to wait that try again.
        retry_after: Option<Duration>,
    },
}

/// A refusal in the API server's words.
#[derive(Deserialize)]
struct Status {
    message: String,
}

impl Trouble {
    pub(super) fn unread(words: impl Into<String>) -> Self {
        Self::Unread { words: words.into(), retry_after: None }
    }

    /// An answer that is not 200.
    pub(super) fn of(answer: &ReadAnswer) -> Self {
        let said = serde_json::from_slice(&answer.body)
            .map(|Status { message }| message)
            .unwrap_or_else(|_| String::from_utf8_lossy(&answer.body).trim().to_owned());
        Self::of_status(answer.code, &said, answer.retry_after)
    }

    /// A refusal with this code.
    pub(super) fn of_status(code: u16, said: &str, retry_after: Option<Duration>) -> Self {
        let words = format!("HTTP {code}: {}", shorten(said, WORDS_MAX));
        match code {
            403 => Self::Forbidden(words),
            410 => Self::Expired,
            _ => Self::Unread { words, retry_after },
        }
    }
}

impl From<ReadError> for Trouble {
    fn from(error: ReadError) -> Self {
        Self::unread(error.to_string())
    }
}
