//! Why nothing was deployed, as far as the sender can tell.

use crate::cli::Exit;

/// Why a deployment could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// boathook refused, or the request is invalid.
    #[error("refused: {0}")]
    Refused(String),
    /// No answer in time.
    #[error("boathook is not reachable at {origin}: {why}")]
    Unreachable {
        /// Scheme, host and port.
        origin: String,
        /// The result of the last try.
        why: String,
    },
}

impl SendError {
    /// The exit code.
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Refused(_) => Exit::Refused,
            Self::Unreachable { .. } => Exit::Unreachable,
        }
    }
}
