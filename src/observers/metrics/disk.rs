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
    page.gauge(&names::JOURNAL_BYTES, [([], journal_bytes(&state.join(journal::FILE)))]);
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
fn journal_bytes(file: &Path) -> f64 {
    let beside = ["", "-wal"].map(|end| format!("{}{end}", file.display()));
    beside.iter().filter_map(|path| fs::metadata(path).ok()).map(|found| found.len() as f64).sum()
}
