//! Replaces a file: a reader finds the old content or the new, also after a power cut.
//!
//! No crate: the usual ones invent a name for each new file, and every kill would leave one behind that
//! nobody knows.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

/// Of a file that is made: only the user of boathook may read it.
pub const MODE: u32 = 0o600;

/// Replaces a file that nobody else writes at the same time. Who needs the new content to outlast a
/// power cut syncs the folder too.
pub fn replace_file(path: &Path, content: &[u8]) -> io::Result<()> {
    // One that a kill left behind is written anew.
    let options = OpenOptions::new().create(true).truncate(true).to_owned();
    replace(options, &path.with_added_extension("new"), path, content)
}

/// The same through a `partial` file in the same folder, whose name is the caller's own where others may
/// be writing too, and which must not be there; one that a kill leaves behind is the caller's to remove.
pub fn replace_through(partial: &Path, path: &Path, content: &[u8]) -> io::Result<()> {
    replace(OpenOptions::new().create_new(true).to_owned(), partial, path, content)
}

fn replace(
    mut options: OpenOptions,
    partial: &Path,
    path: &Path,
    content: &[u8],
) -> io::Result<()> {
    let mut file = options.write(true).mode(MODE).open(partial)?;
    file.write_all(content)?;
    file.sync_data()?;
    fs::rename(partial, path)
}
