//! Which record of the journal has its line last. The head repeats it, but the lines are what is proven: they decide what is written next.

use std::{io, path::Path};

use crate::observers::audit::{
    files,
    head::{HEAD, Head},
};

/// What one file says of the lines that the head covers.
#[derive(Default)]
struct FileSummary {
    /// Whether the line that the head names is there.
    named: bool,
    sequence: Option<u64>,
}

/// Puts the head right where the lines say something else, and says so.
pub(super) fn correct(directory: &Path, head: &mut Head) -> io::Result<Option<String>> {
    let Some(reported) = last_told(directory, head)?.filter(|reported| *reported != head.sequence) else { return Ok(None) };
    let said = std::mem::replace(&mut head.sequence, reported);
    Ok(Some(format!(
        "{HEAD} named record {said} as the last one that has its line, and the lines say {reported}: going on after {reported}"
    )))
}

/// The last record that the lines tell of; none if they are not those that the head was written for, or the lines were removed.
fn last_told(directory: &Path, head: &Head) -> io::Result<Option<u64>> {
    let mut named = head.number == 0;
    for path in files::all(directory)?.iter().rev() {
        // If a file cannot be read, only the head is left.
        let Ok(reported) = FileSummary::read(path, head) else { return Ok(None) };
        named |= reported.named;
        if reported.sequence.is_some() {
            return Ok(reported.sequence.filter(|_| named));
        }
    }
    Ok((named && head.from <= 1).then_some(0))
}

impl FileSummary {
    fn read(path: &Path, head: &Head) -> io::Result<Self> {
        let mut reported = Self::default();
        for raw in files::lines(path)? {
            let Some(sealed) = raw?.sealed().filter(|sealed| sealed.link.number <= head.number) else { continue };
            reported.named |= sealed.link == head.link();
            reported.sequence = sealed.sequence.or(reported.sequence);
        }
        Ok(reported)
    }
}
