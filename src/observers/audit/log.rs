//! Writing the log: lines to disk first, then the head.
//!
//! It blocks, so it is used on blocking tasks.

use std::{
    error::Error,
    fs::{self, File, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::PathBuf,
};

use tracing::warn;

use crate::{
    config::Audit,
    observers::audit::{
        entry::Entry,
        error::AuditError,
        files::{self, CURRENT},
        head::{HEAD, Head},
    },
    replace_file::MODE,
};

/// An audit log that is open for writing.
pub(super) struct AuditLog {
    pub(super) directory: PathBuf,
    pub(super) limits: Audit,
    pub(super) file: File,
    pub(super) size: u64,
    pub(super) head: Head,
    /// The size at which the next file is begun.
    pub(super) full_at: u64,
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

    /// Adds lines, and returns when they and the head are on disk. After an error it must be opened
    /// again, which finds out how much was written.
    pub(super) fn append(mut self, entries: &[Entry]) -> Result<Self, AuditError> {
        if entries.is_empty() {
            return Ok(self);
        }
        if self.size >= self.full_at {
            self.rotate()?;
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

    /// Begins the next file, and removes the oldest. If that fails, the open file keeps growing,
    /// and the next try comes once it is full again.
    fn rotate(&mut self) -> Result<(), AuditError> {
        match self.begin_file() {
            // The open file was deleted: anything written to it would be lost.
            Err(error) if !self.directory.join(CURRENT).exists() => return Err(error),
            Err(error) => {
                self.full_at = self.size.saturating_add(self.limits.max_bytes);
                warn!(error = &error as &dyn Error, "The audit log continues in its full file");
            }
            Ok(()) => {}
        }
        self.remove_oldest()
    }

    /// Closes the file under the number of its last line, and begins the next one; the chain
    /// continues.
    pub(super) fn begin_file(&mut self) -> Result<(), AuditError> {
        let current = self.directory.join(CURRENT);
        let full = files::name_for_full(&self.directory, self.head.number);
        fs::rename(&current, &full).map_err(AuditError::on("rename", &current))?;
        let begun = OpenOptions::new().create(true).append(true).mode(MODE).open(&current).or_else(
            |error| {
                // Writing continues in the open file, which keeps its name.
                fs::rename(full, &current)?;
                Err(error)
            },
        );
        self.file = begun.map_err(AuditError::on("create", &current))?;
        (self.size, self.full_at) = (0, self.limits.max_bytes);
        files::sync_directory(&self.directory).map_err(AuditError::on("write", &self.directory))
    }

    /// Removes surplus full files; the head first says where the log then begins. Files that cannot
    /// be removed stay.
    pub(super) fn remove_oldest(&mut self) -> Result<(), AuditError> {
        let listed =
            files::all_full(&self.directory).map_err(AuditError::on("list", &self.directory));
        let mut full = listed.unwrap_or_else(|error| {
            warn!(
                error = &error as &dyn Error,
                "Failed to remove the oldest files of the audit log"
            );
            Vec::new()
        });
        full.truncate(full.len().saturating_sub(self.limits.keep as usize));
        let Some(newest) = full.last() else { return Ok(()) };
        let from = self.head.from.max(newest.last.saturating_add(1));
        self.move_head(Head { from, ..self.head.clone() })?;
        let failed = full.iter().filter_map(|full| {
            fs::remove_file(&full.path).map_err(AuditError::on("remove", &full.path)).err()
        });
        failed.for_each(|error| {
            warn!(error = &error as &dyn Error, "Failed to remove an old file of the audit log")
        });
        Ok(())
    }
}
