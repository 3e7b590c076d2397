//! Opens a log after a clean stop, a crash at any moment, or a change by someone else.
//!
//! Lines up to the one that the head names are on disk and never changed. Complete lines after it
//! are kept; a torn one is cut off. A file without the line that the head names was changed by
//! someone: it is set aside unchanged, and the chain continues in a new file.

use std::{
    fs::{DirBuilder, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
};

use crate::{
    config::Audit,
    observers::audit::{
        chain::Sealed,
        error::AuditError,
        files::{self, CURRENT},
        head::{Found, HEAD, Head},
        log::AuditLog,
        sequence,
    },
    replace_file::MODE,
};

const DIRECTORY_MODE: u32 = 0o700;

/// A log that is ready to be written.
pub(super) struct Opened {
    pub(super) log: AuditLog,
    /// What was repaired, as text.
    pub(super) repaired: Vec<String>,
}

/// How the current file ends.
struct Tail {
    /// Where the line that the head names ends; none if the file does not hold it.
    confirmed: Option<u64>,
    /// Whole lines after that one.
    beyond: Vec<u8>,
    /// The head after those.
    head: Head,
    /// Bytes after those.
    torn: u64,
}

impl AuditLog {
    /// Opens the log in a directory, which is made if it is missing, and repairs what a crash left.
    pub(super) fn open(directory: &Path, limits: Audit) -> Result<Opened, AuditError> {
        let made = DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(directory);
        made.map_err(AuditError::on("make", directory))?;
        let mut repaired = Vec::new();
        let mut head = head(directory, &mut repaired)?;
        repaired.extend(
            sequence::correct(directory, &mut head).map_err(AuditError::on("list", directory))?,
        );
        let current = directory.join(CURRENT);
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(MODE)
            .open(&current)
            .map_err(AuditError::on("open", &current))?;
        let size = file.metadata().map_err(AuditError::on("read", &current))?.len();
        let tail = Tail::read(directory, &current, &head, size)?;
        let mut log = Self {
            directory: directory.to_owned(),
            limits,
            file,
            size,
            head,
            full_at: limits.max_bytes,
        };
        repaired.extend(log.take_up(tail)?);
        log.remove_oldest()?;
        Ok(Opened { log, repaired })
    }

    /// Continues the file if possible, or starts a new one.
    fn take_up(&mut self, tail: Tail) -> Result<Option<String>, AuditError> {
        let Tail { confirmed, beyond, head, torn } = tail;
        let Some(confirmed) = confirmed else {
            self.begin_file()?;
            let number = self.head.number;
            return Ok(Some(format!(
                "{CURRENT} did not hold line {number} as it was written: it was set aside, see `boathook audit verify`"
            )));
        };
        if confirmed < self.size {
            // Complete lines are written again too: after a failed fsync it is unknown whether they
            // are on disk.
            self.file
                .set_len(confirmed)
                .map_err(AuditError::on("cut", &self.directory.join(CURRENT)))?;
            self.size = confirmed;
            self.write(&beyond)?;
        }
        self.move_head(head)?;
        let number = self.head.number;
        Ok((torn > 0).then(|| {
            format!(
                "{torn} bytes of lines that were never finished were cut off after line {number}"
            )
        }))
    }
}

/// The head; if it is missing, one built from the log.
fn head(directory: &Path, repaired: &mut Vec<String>) -> Result<Head, AuditError> {
    let found =
        match Head::read(directory).map_err(AuditError::on("read", &directory.join(HEAD)))? {
            Found::Head(head) => return Ok(head),
            Found::Missing => "missing",
            Found::Unreadable => "unreadable",
        };
    let mut head = Head::origin();
    let mut first = None;
    for path in files::all(directory).map_err(AuditError::on("list", directory))? {
        for raw in files::lines(&path).map_err(AuditError::on("read", &path))? {
            let raw = raw.map_err(AuditError::on("read", &path))?;
            let Some(sealed) = raw.sealed() else { continue };
            first = first.or(Some(sealed.link.number));
            head = head.moved(sealed.link, sealed.sequence);
        }
    }
    head.from = first.unwrap_or(1);
    if first.is_some() {
        repaired.push(format!(
            "{HEAD} was {found}: it was made again from the log, which ends with line {}",
            head.number
        ));
    }
    head.write(directory).map_err(AuditError::on("write", &directory.join(HEAD)))?;
    Ok(head)
}

impl Tail {
    fn read(directory: &Path, current: &Path, head: &Head, size: u64) -> Result<Self, AuditError> {
        let full = files::all_full(directory).map_err(AuditError::on("list", directory))?;
        // A new file does not have the line that the head names yet.
        let begun = size == 0
            || full.last().map_or(head.from.saturating_sub(1), |full| full.last) == head.number;
        let mut last = begun.then(|| head.link());
        let mut tail =
            Self { confirmed: begun.then_some(0), beyond: Vec::new(), head: head.clone(), torn: 0 };
        let mut good = 0;
        for raw in files::lines(current).map_err(AuditError::on("read", current))? {
            let raw = raw.map_err(AuditError::on("read", current))?;
            let Some(sealed) = raw
                .sealed()
                .filter(|sealed| last.as_ref().is_none_or(|last| last.precedes(sealed)))
            else {
                break;
            };
            last = Some(sealed.link.clone());
            good = raw.end;
            if sealed.link == head.link() {
                tail.confirmed = Some(raw.end);
            } else if tail.confirmed.is_some() {
                tail.keep(&raw.bytes, sealed);
            }
        }
        tail.torn = size.checked_sub(good).ok_or_else(|| {
            let why = "another program writes to it: does another boathook have this directory?";
            AuditError::on("read", current)(io::Error::other(why))
        })?;
        Ok(tail)
    }

    fn keep(&mut self, line: &[u8], sealed: Sealed) {
        self.beyond.extend_from_slice(line);
        self.beyond.push(b'\n');
        self.head = self.head.clone().moved(sealed.link, sealed.sequence);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use jiff::Timestamp;

    use super::*;
    use crate::observers::audit::{chain::Link, entry::Entry};
    use boathook_core::deployment::error_chain;

    #[test]
    fn a_file_that_grew_while_it_was_read_is_another_programs_too() {
        let directory = tempfile::tempdir().unwrap();
        let current = directory.path().join(CURRENT);
        let mut lines = Vec::new();
        let entry = Entry::restarted(Timestamp::UNIX_EPOCH, 0);
        Link::origin().add(&entry, &mut lines).unwrap();
        fs::write(&current, &lines).unwrap();
        let read = |size| Tail::read(directory.path(), &current, &Head::origin(), size);
        let whole = u64::try_from(lines.len()).unwrap();
        assert_eq!(read(whole).map(|tail| tail.torn).unwrap(), 0);
        let error = read(0).map(|tail| tail.torn).unwrap_err();
        assert!(error_chain(&error).contains("another program writes to it"), "{error}");
    }
}
