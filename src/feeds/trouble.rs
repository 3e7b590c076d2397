//! Why a feed cannot read now.

use std::time::Duration;

use boathook_core::failure::shorten;

use crate::cluster::ClusterError;

/// Characters of an error that a watch sent.
const WORDS_MAX: usize = 400;

/// Why a feed cannot read now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Access control refuses it: in which words.
    Forbidden(String),
    /// There are more objects than a feed keeps.
    TooMany(String),
    /// The version to go on from is no longer known: everything is listed again.
    Expired,
    /// Anything else; it may pass.
    Unread {
        words: String,
        /// What the API server asks those to wait that try again.
        retry_after: Option<Duration>,
    },
}

impl Trouble {
    pub(super) fn unread(words: impl Into<String>) -> Self {
        Self::Unread { words: words.into(), retry_after: None }
    }

    /// An error within a watch.
    pub(super) fn of_event(code: u16, message: &str) -> Self {
        if code == 410 {
            return Self::Expired;
        }
        Self::unread(format!("the watch ended with an error: {}", shorten(message, WORDS_MAX)))
    }
}

impl From<ClusterError> for Trouble {
    fn from(error: ClusterError) -> Self {
        let words = error.to_string();
        if error.is_forbidden() {
            return Self::Forbidden(words);
        }
        Self::Unread { words, retry_after: error.retry_after() }
    }
}
