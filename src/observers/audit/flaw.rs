//! What is wrong with a log, and where.

use std::fmt;

/// The first bad line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The file's name.
    pub file: String,
    /// The line in that file, from 1; none if the file itself is meant.
    pub line: Option<u64>,
    /// What is wrong with it.
    pub wrong: Wrong,
}

/// What can be wrong with a line. Numbers count the lines of the whole log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Its bytes were changed.
    Changed,
    /// Its own hash is right, but it lacks the hash of the line before, or is not the line that the
    /// head names: it, or a line before it, was rewritten.
    WrittenAnew,
    /// Lines before it are missing.
    Missing { from: u64, to: u64 },
    /// It comes before a line that belongs before it.
    Swapped {
        number: u64,
        /// The number of the line that belongs here.
        expected: u64,
        /// The file that holds that line.
        file: String,
        /// The line in that file.
        line: u64,
    },
    /// A line with its number, or a higher one, comes before it.
    Again {
        number: u64,
        /// The number of the line that belongs here.
        expected: u64,
    },
    /// It is truncated.
    Torn { number: u64 },
    /// The log ends with it, and had more lines.
    TailCut {
        /// The first line that is missing.
        from: u64,
        to: u64,
    },
    /// Its record, or a later one, has a line before it already.
    RecordAgain {
        /// The record that it describes.
        sequence: u64,
        /// The record that the line before is about.
        reported: u64,
    },
    /// The head is missing, so a cut tail cannot be detected.
    NoHead,
    /// The head cannot be read, so a cut tail cannot be detected.
    HeadChanged,
    /// The head contradicts the line that it names: the next write would repeat a record or omit
    /// one.
    HeadDiffers,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{} line {line}: {}", self.file, self.wrong),
            None => write!(f, "{}: {}", self.file, self.wrong),
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed => f.write_str("changed: it does not match its own hash"),
            Self::WrittenAnew => f.write_str(
                "written anew: it, or what stands before it, is not what was chained here",
            ),
            Self::Missing { from, to } => write!(f, "missing before it: {}", numbers(*from, *to)),
            Self::Swapped { number, expected, file, line } => {
                write!(
                    f,
                    "swapped: this is number {number}, and number {expected}, which belongs here, stands in {file} line {line}"
                )
            }
            Self::Again { number, expected } => write!(
                f,
                "out of place: this is number {number}, and number {expected} belongs here"
            ),
            Self::Torn { number } => write!(f, "cut off: number {number} is not whole"),
            Self::TailCut { from, to } => {
                write!(f, "the tail was cut off: {} should follow", numbers(*from, *to))
            }
            Self::RecordAgain { sequence, reported } => {
                write!(
                    f,
                    "out of order: it is about record {sequence}, and record {reported} comes before it"
                )
            }
            Self::NoHead => {
                f.write_str("missing, so that a tail that was cut off would not be noticed")
            }
            Self::HeadChanged => f.write_str(
                "changed: it cannot be read, so that a tail that was cut off would not be noticed",
            ),
            Self::HeadDiffers => f.write_str("changed: it does not say what the lines say"),
        }
    }
}

fn numbers(from: u64, to: u64) -> String {
    if from == to { format!("number {from}") } else { format!("numbers {from} to {to}") }
}
