//! The size of the state directory, and the space left.

use std::{fs, path::Path};

use rustix::fs::statvfs;

use crate::{
    journal,
    observers::{
        audit,
        metrics::{names, page::Page},
    },
};

/// Writes the current values; it blocks for a few reads of directory entries.
pub(super) fn write(state: &Path, page: &mut Page) {
    let audit = audit::size(&state.join(audit::FOLDER)).ok();
    page.gauge(&names::AUDIT_BYTES, audit.as_ref().map(|size| ([], size.bytes as f64)));
    page.gauge(&names::AUDIT_FILES, audit.as_ref().map(|size| ([], size.files as f64)));
    // There is none where the record is in a database.
    let journal = journal_bytes(&state.join(journal::FILE));
    page.gauge(&names::JOURNAL_BYTES, journal.map(|bytes| ([], bytes)));
    let file_system = statvfs(state).ok();
    let bytes = |blocks: u64, size: u64| ([], blocks.saturating_mul(size) as f64);
    page.gauge(
        &names::STATE_FREE,
        file_system.as_ref().map(|found| bytes(found.f_bavail, found.f_frsize)),
    );
    page.gauge(
        &names::STATE_SIZE,
        file_system.as_ref().map(|found| bytes(found.f_blocks, found.f_frsize)),
    );
}

/// The journal's file and its write-ahead log.
fn journal_bytes(file: &Path) -> Option<f64> {
    let own = fs::metadata(file).ok()?.len() as f64;
    let log = fs::metadata(format!("{}-wal", file.display())).map_or(0, |found| found.len());
    Some(own + log as f64)
}
