//! Which records a log should have lines of.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::observers::audit::{
    Proof,
    entry::{JOURNAL_ENDED_AT, REPAIRED},
    record_line::RecordLine,
    show::read,
};

/// The event that replaces a deployment's old records.
const PRUNED: &str = "pruned";

/// A log that is intact.
#[derive(Clone, Debug)]
pub struct VerifiedLog {
    pub directory: PathBuf,
    pub proof: Proof,
    pub scope: Scope,
}

/// The records of which a log should have lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The first and the last record that it has.
    pub records: Option<(u64, u64)>,
    /// Where the journal ended when the log was begun: records up to there may have been pruned
    /// before. 0 if it began with the journal.
    pub began_at: u64,
    /// Lines about no record: refusals, reloads, the proxy's starts and ends.
    pub own: u64,
}

impl Scope {
    pub(super) fn of(directory: &Path, proof: &Proof) -> io::Result<Self> {
        let mut scope = Self::default();
        for line in RecordLine::all(directory, proof)? {
            let sequence = line?.sequence;
            let (first, _) = scope.records.unwrap_or((sequence, sequence));
            scope.records = Some((first, sequence));
        }
        for shown in read(directory)? {
            let Some(line) = shown?.value else { continue };
            scope.own += u64::from(line["sequence"].is_null());
            if line["what"] == REPAIRED {
                scope.began_at = line[JOURNAL_ENDED_AT].as_u64().unwrap_or(scope.began_at);
            }
        }
        Ok(scope)
    }

    /// Whether the log should have a line about a record, or a line about it that says what others
    /// say.
    pub(super) fn covers(&self, sequence: u64, line: Option<&RecordLine>) -> bool {
        let within = self.records.is_some_and(|(first, last)| (first..=last).contains(&sequence));
        let is_pruned = line.is_none_or(|line| line.what == PRUNED);
        within && !(is_pruned && sequence <= self.began_at)
    }
}
