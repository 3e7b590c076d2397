//! The answer to a request in the inbox.

/// The answer to a request that a follower put into the inbox; kept with what it answers, or not at
/// all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxAnswer {
    /// The id of the request.
    pub id: String,
    /// The decision as JSON.
    pub answer: String,
    /// The last record that it rests on.
    pub sequence: u64,
}
