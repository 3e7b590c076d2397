//! What an answer of the API server, or of the proxy before it, means. A refusal is said as kubectl
//! says it.

use std::time::Duration;

use boathook_core::{
    api_server::{ReadAnswer, ReadError},
    failure::{self, Class},
};
use serde::{Deserialize, de::DeserializeOwned};

use crate::cluster::{CallEnd, ClusterError, FailedCall, error::WORDS_MAX};

/// What was read.
#[derive(Debug)]
pub(super) enum Read {
    Found(Found),
    /// There is no such object.
    NoObject,
    /// The API server has no such path: it does not serve the kind.
    NoKind,
}

/// An object or a list.
#[derive(Debug)]
pub(super) struct Found {
    call: String,
    body: Vec<u8>,
}

/// `metav1.Status`, the API server's own form of a refusal.
#[derive(Deserialize)]
struct Status {
    kind: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    reason: String,
    details: Option<Details>,
}

#[derive(Deserialize)]
struct Details {
    #[serde(default)]
    name: String,
}

impl Found {
    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T, ClusterError> {
        serde_json::from_slice(&self.body).map_err(|error| ClusterError::Unreadable {
            program: self.call.clone(),
            reason: error.to_string(),
        })
    }
}

/// What the answer to `call` means.
pub(super) fn judge(
    call: String,
    answer: Result<ReadAnswer, ReadError>,
    duration: Duration,
) -> Result<Read, ClusterError> {
    let ReadAnswer { code, retry_after, body } = match answer {
        Ok(ReadAnswer { code: 200, body, .. }) => return Ok(Read::Found(Found { call, body })),
        Ok(answer) => answer,
        Err(error) => return Err(unanswered(call, error, duration)),
    };
    let end = CallEnd::Answer { code, retry_after };
    let status =
        serde_json::from_slice(&body).ok().filter(|status: &Status| status.kind == "Status");
    let failed =
        |words: &str| FailedCall { call, end, duration, words: failure::shorten(words, WORDS_MAX) };
    match status {
        Some(status) if code == 404 && status.names_an_object() => Ok(Read::NoObject),
        _ if code == 404 => Ok(Read::NoKind),
        Some(status) => Err(ClusterError::by(status.class(code), failed(&status.words()))),
        None => {
            let words = plain_words(code, &body);
            let class = failure::of_message(&words).unwrap_or_else(|| failure::of_status(code));
            Err(ClusterError::by(class, failed(&words)))
        }
    }
}

/// Why the answer to `call` is not the list that was asked for.
pub(crate) fn refusal(
    call: String,
    answer: Result<ReadAnswer, ReadError>,
    duration: Duration,
) -> ClusterError {
    match judge(call.clone(), answer, duration) {
        Err(error) => error,
        Ok(Read::NoKind | Read::NoObject) => ClusterError::NoKind(call),
        Ok(Read::Found(_)) => {
            ClusterError::Unreadable { program: call, reason: "it is no list".to_owned() }
        }
    }
}

fn unanswered(call: String, error: ReadError, duration: Duration) -> ClusterError {
    let class = match error {
        ReadError::NoReader(_) => Class::Permanent,
        ReadError::Unreachable(_) | ReadError::TimedOut(_) => Class::Transient,
        ReadError::TooLong(_) => {
            return ClusterError::Unreadable { program: call, reason: error.to_string() };
        }
    };
    let words = failure::shorten(&error.to_string(), WORDS_MAX);
    ClusterError::by(class, FailedCall { call, end: CallEnd::NoAnswer, duration, words })
}

/// The proxy answers in plain text, with a code of 500 and more where it cannot reach the API
/// server.
fn plain_words(code: u16, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if code >= 500 {
        format!("Unable to connect to the server: {text}")
    } else {
        format!("Error from server: {text}")
    }
}

impl Status {
    /// Whether it says that an object is missing, rather than a path.
    fn names_an_object(&self) -> bool {
        self.reason == "NotFound"
            && self.details.as_ref().is_some_and(|details| !details.name.is_empty())
    }

    fn class(&self, code: u16) -> Class {
        if self.reason.is_empty() {
            return failure::of_message(&self.message).unwrap_or_else(|| failure::of_status(code));
        }
        failure::of_reason(&self.reason)
    }

    fn words(&self) -> String {
        let Self { reason, message, .. } = self;
        match reason.as_str() {
            "" => format!("Error from server: {message}"),
            "Unauthorized" => format!("error: You must be logged in to the server ({message})"),
            reason => format!("Error from server ({reason}): {message}"),
        }
    }
}
