//! Replaces a small file: a reader finds the old content or the new, also after a power cut.
//!
//! No crate: the usual ones invent a name for each new file, and every kill would leave one behind.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

/// Only the user of boathook may read what observers write.
pub(super) const MODE: u32 = 0o600;

pub(super) fn replace_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let new = path.with_added_extension("new");
    let mut file =
        OpenOptions::new().create(true).truncate(true).write(true).mode(MODE).open(&new)?;
    file.write_all(content)?;
    file.sync_data()?;
    fs::rename(new, path)
}
