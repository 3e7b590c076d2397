//! The size of the log.

use std::{fs, io, path::Path};

use crate::observers::audit::files;

/// The files of the log, with those that are full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// How many there are.
    pub files: u64,
    /// Bytes of all of them.
    pub bytes: u64,
}

/// The size of the log in a directory; 0 if the directory is missing.
pub fn size(directory: &Path) -> io::Result<Size> {
    if !directory.exists() {
        return Ok(Size::default());
    }
    let sizes =
        files::all(directory)?.into_iter().filter_map(|path| Some(fs::metadata(path).ok()?.len()));
    Ok(sizes.fold(Size::default(), |Size { files, bytes }, one| Size {
        files: files + 1,
        bytes: bytes + one,
    }))
}
