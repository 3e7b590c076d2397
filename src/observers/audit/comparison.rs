//! What comparing logs found.

use crate::observers::audit::scope::VerifiedLog;

/// What several logs say of the records that they share.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The logs, in the order in which they were named.
    pub logs: Vec<VerifiedLog>,
    /// The number of records of which all that should have a line say the same.
    pub same: u64,
    /// The number of records that only one log should have.
    pub alone: u64,
    /// The number of records on which logs differ.
    pub different: u64,
    /// The first of those.
    pub named: Vec<Difference>,
}

/// A record on which logs differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The record.
    pub sequence: u64,
    /// What happened, as the first line about it says.
    pub what: String,
    /// What each log has, in their order.
    pub found: Vec<Found>,
}

/// What one log has of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It need not have it: its older lines were removed, it is behind, or it began later.
    NotCompared,
    /// It should have a line, and has none.
    Missing,
    Line {
        /// The line's number in that log.
        number: u64,
        /// Lines that say the same have the same number here.
        content: usize,
    },
}
