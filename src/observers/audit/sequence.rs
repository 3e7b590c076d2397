//! Which record of the journal the last line is about. The head repeats it, but the lines decide
//! what is written next.

use std::{io, path::Path};

use crate::observers::audit::{
    files,
    head::{HEAD, Head},
};

/// What one file contributes to the lines that the head covers.
#[derive(Default)]
struct FileSummary {
    /// Whether the line that the head names is there.
    named: bool,
    sequence: Option<u64>,
}

/// Corrects the head if it contradicts the lines, and reports that.
pub(super) fn correct(directory: &Path, head: &mut Head) -> io::Result<Option<String>> {
    let Some(reported) =
        last_sequence(directory, head)?.filter(|reported| *reported != head.sequence)
    else {
        return Ok(None);
    };
    let named = std::mem::replace(&mut head.sequence, reported);
    Ok(Some(format!(
        "{HEAD} named record {named} as the last one that has its line, and the lines say {reported}: going on after {reported}"
    )))
}

/// The last record in the lines; none if the head does not belong to these lines, or lines were
/// removed.
fn last_sequence(directory: &Path, head: &Head) -> io::Result<Option<u64>> {
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
            let Some(sealed) = raw?.sealed().filter(|sealed| sealed.link.number <= head.number)
            else {
                continue;
            };
            reported.named |= sealed.link == head.link();
            reported.sequence = sealed.sequence.or(reported.sequence);
        }
        Ok(reported)
    }
}
