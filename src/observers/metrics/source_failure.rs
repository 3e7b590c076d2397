//! What went wrong last with a source of requests.

use jiff::Timestamp;

/// What went wrong last with a source of requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFailure {
    pub at: Timestamp,
    /// Why. A part of it may be the other side's text, which is untrusted wherever it is shown.
    pub cause: String,
}
