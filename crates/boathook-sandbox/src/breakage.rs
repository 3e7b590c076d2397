//! How the watches of the simulated cluster break.

/// What becomes of every watch that is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Breakage {
    /// It ends, without an error.
    #[default]
    Ends,
    /// It is at a version that the server no longer knows: an ERROR event says so (410).
    Expires,
    /// The server cannot go on: an ERROR event says so (500).
    Fails,
    /// The connection is cut in the middle of an event.
    IsCut,
    /// It says nothing any more, and stays open.
    Freezes,
}
