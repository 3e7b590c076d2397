//! Writing the log: lines to disk first, then the head.
//!
//! It blocks, so it is used on blocking tasks.

use std::{
    fs::{self, File, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::PathBuf,
};

use crate::{
    config::Audit,
    observers::audit::{
        entry::Entry,
        error::AuditError,
        files::{self, CURRENT},
        head::{HEAD, Head, MODE},
    },
};

/// An audit log that is open for writing.
pub(super) struct AuditLog {
    pub(super) directory: PathBuf,
    pub(super) limits: Audit,
    pub(super) file: File,
    pub(super) size: u64,
    pub(super) head: Head,
}

impl AuditLog {
    /// The last record of the journal that has its line.
    pub(super) const fn sequence(&self) -> u64 {
        self.head.sequence
    }

    /// The number of the last line.
    pub(super) const fn number(&self) -> u64 {
        self.head.number
    }

    /// Adds lines, and comes back when they and the head are on disk. After an error it has to be opened anew, which finds out how
    /// much was written.
    pub(super) fn append(mut self, entries: &[Entry]) -> Result<Self, AuditError> {
        if entries.is_empty() {
            return Ok(self);
        }
        if self.size >= self.limits.max_bytes {
            self.begin_file()?;
            self.remove_oldest()?;
        }
        let mut text = Vec::new();
        let mut head = self.head.clone();
        for entry in entries {
            let link = head.link().add(entry, &mut text)?;
            head = head.moved(link, entry.sequence);
        }
        self.write(&text)?;
        self.move_head(head)?;
        Ok(self)
    }

    pub(super) fn write(&mut self, text: &[u8]) -> Result<(), AuditError> {
        let written = self.file.write_all(text).and_then(|()| self.file.sync_data());
        written.map_err(AuditError::on("write", &self.directory.join(CURRENT)))?;
        self.size += text.len() as u64;
        Ok(())
    }

    pub(super) fn move_head(&mut self, head: Head) -> Result<(), AuditError> {
        head.write(&self.directory).map_err(AuditError::on("write", &self.directory.join(HEAD)))?;
        self.head = head;
        Ok(())
    }

    /// Closes the file under the number of its last line, and begins the next one; the chain goes on.
    pub(super) fn begin_file(&mut self) -> Result<(), AuditError> {
        let current = self.directory.join(CURRENT);
        let full = files::name_for_full(&self.directory, self.head.number);
        fs::rename(&current, full).map_err(AuditError::on("rename", &current))?;
        let file = OpenOptions::new().create(true).append(true).mode(MODE).open(&current);
        self.file = file.map_err(AuditError::on("create", &current))?;
        self.size = 0;
        files::sync_directory(&self.directory).map_err(AuditError::on("write", &self.directory))
    }

    /// Removes the full files that are too many; the head says before where the log then begins.
    pub(super) fn remove_oldest(&mut self) -> Result<(), AuditError> {
        let mut full = files::all_full(&self.directory).map_err(AuditError::on("list", &self.directory))?;
        full.truncate(full.len().saturating_sub(self.limits.keep as usize));
        let Some(newest) = full.last() else { return Ok(()) };
        let from = self.head.from.max(newest.last.saturating_add(1));
        self.move_head(Head { from, ..self.head.clone() })?;
        full.iter().try_for_each(|full| fs::remove_file(&full.path).map_err(AuditError::on("remove", &full.path)))
    }
}
