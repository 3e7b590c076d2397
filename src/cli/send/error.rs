//! Why nothing was deployed, as far as the sender can tell.

use std::error::Error;

use crate::cli::Exit;

/// Why a deployment could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// boathook said no, or the request makes no sense.
    #[error("refused: {0}")]
    Refused(String),
    /// Nobody answered in time.
    #[error("boathook is not reachable: {0}")]
    Unreachable(String),
}

impl SendError {
    /// The number to end with.
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Refused(_) => Exit::Refused,
            Self::Unreachable(_) => Exit::Unreachable,
        }
    }
}

/// Why a request had no answer, without the address: it may hold a token.
pub fn unreached(error: &reqwest::Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    let innermost = causes.last().map(ToString::to_string);
    match innermost {
        _ if error.is_timeout() => "no answer in time".to_owned(),
        Some(cause) => cause,
        None => "no answer".to_owned(),
    }
}
