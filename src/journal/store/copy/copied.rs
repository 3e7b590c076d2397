//! What a copy has done so far, and what it proved in the end.

/// A step of a copy that is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyStep {
    /// The target is marked as unfinished and empty.
    Begun,
    /// Some more rows of a table are kept.
    Kept {
        table: &'static str,
        /// All of them until now.
        rows: u64,
    },
    /// All rows are kept, and both sides will be read and compared.
    Compares,
    /// The source says where the record is now.
    Retired,
    /// The target may be used.
    Finished,
}

/// What a copy proved: both sides have this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The tables, with the number of rows of each.
    pub tables: Vec<(&'static str, u64)>,
    /// The highest sequence that any record ever had.
    pub last_sequence: u64,
    /// The SHA-256 of all rows in order, in hexadecimal.
    pub digest: String,
}
