//! Compares the logs of boathooks that share one record: each has a line of its own for every
//! record, and must say the same of it.
//!
//! It only reads files; the logs may be written meanwhile.

use std::{
    io,
    iter::Peekable,
    path::{Path, PathBuf},
};

use crate::observers::audit::{
    CompareError, Comparison, Difference, Found, VerifyError, files,
    record_line::RecordLine,
    scope::{Scope, VerifiedLog},
    verify,
};

/// Differences that are named one by one.
const NAMED_MAX: usize = 20;

/// How often to read again logs of which one is rotated meanwhile.
const TRIES: u32 = 3;

/// Verifies the logs in these directories, and names the records of which they say different things.
pub fn compare(directories: &[PathBuf]) -> Result<Comparison, CompareError> {
    let mut tries = 1;
    loop {
        let before = listed(directories);
        let compared = compared(directories);
        let is_whole = compared.as_ref().is_ok_and(|compared| compared.different == 0);
        if is_whole || tries == TRIES || listed(directories) == before {
            return compared;
        }
        tries += 1;
    }
}

/// The files of each log; none of one that cannot be listed.
fn listed(directories: &[PathBuf]) -> Vec<Vec<PathBuf>> {
    directories.iter().map(|directory| files::all(directory).unwrap_or_default()).collect()
}

fn compared(directories: &[PathBuf]) -> Result<Comparison, CompareError> {
    let mut logs = Vec::new();
    let mut readers = Vec::new();
    for directory in directories {
        let proof = verify(directory).map_err(|error| CompareError::of(directory, error))?;
        let scope = Scope::of(directory, &proof).map_err(unreadable(directory))?;
        let lines = RecordLine::all(directory, &proof).map_err(unreadable(directory))?;
        readers.push(lines.peekable());
        logs.push(VerifiedLog { directory: directory.clone(), proof, scope });
    }
    let mut comparison = Comparison { logs, same: 0, alone: 0, different: 0, named: Vec::new() };
    while let Some(lines) = next_lines(&mut readers, directories)? {
        comparison.add(&lines);
    }
    Ok(comparison)
}

/// The lines about the next record that any log has; none if there are no more.
fn next_lines<I: Iterator<Item = io::Result<RecordLine>>>(
    readers: &mut [Peekable<I>],
    directories: &[PathBuf],
) -> Result<Option<Vec<Option<RecordLine>>>, CompareError> {
    let peeked = readers.iter_mut().filter_map(|reader| reader.peek()?.as_ref().ok());
    let Some(next) = peeked.map(|line| line.sequence).min() else {
        // Whoever is left cannot be read any more.
        for (reader, directory) in readers.iter_mut().zip(directories) {
            reader.next().transpose().map_err(unreadable(directory))?;
        }
        return Ok(None);
    };
    let mut lines = Vec::new();
    for (reader, directory) in readers.iter_mut().zip(directories) {
        let is_next = |line: &io::Result<RecordLine>| {
            line.as_ref().map_or(true, |line| line.sequence == next)
        };
        lines.push(reader.next_if(is_next).transpose().map_err(unreadable(directory))?);
    }
    Ok(Some(lines))
}

impl Comparison {
    /// What the logs say of one record; each has a line or none.
    fn add(&mut self, lines: &[Option<RecordLine>]) {
        let Some(known) = lines.iter().flatten().next() else { return };
        let mut contents = Vec::new();
        let found = self.logs.iter().zip(lines).map(|(log, line)| match line {
            _ if !log.scope.covers(known.sequence, line.as_ref()) => Found::NotCompared,
            None => Found::Missing,
            Some(line) => {
                let content = contents.iter().position(|content| *content == &line.content);
                let content = content.unwrap_or_else(|| {
                    contents.push(&line.content);
                    contents.len() - 1
                });
                Found::Line { number: line.number, content }
            }
        });
        let found = found.collect::<Vec<_>>();
        let compared = found.iter().filter(|found| **found != Found::NotCompared).count();
        let is_same = contents.len() == 1 && !found.contains(&Found::Missing);
        if compared < 2 {
            self.alone += 1;
        } else if is_same {
            self.same += 1;
        } else {
            self.different += 1;
            if self.named.len() < NAMED_MAX {
                let what = known.what.clone();
                self.named.push(Difference { sequence: known.sequence, what, found });
            }
        }
    }
}

fn unreadable(directory: &Path) -> impl FnOnce(io::Error) -> CompareError {
    move |source| VerifyError::of(directory, source).into()
}
