//! Files that hold what signs and proves: read only where nobody else could have read or changed them.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

/// Bytes that such a file may have.
const BYTES_MAX: u64 = 64 * 1024;
/// Reading and writing by others, and writing by the group; a group may read what it was given to read.
const TOO_OPEN: u32 = 0o026;

/// Others may read or change such a file.
#[derive(Debug, thiserror::Error)]
#[error("others may read or change it (mode {mode:03o}); run `{}`", self.mend())]
pub struct TooOpen {
    mode: u32,
    path: PathBuf,
}

impl TooOpen {
    /// The command that closes it.
    #[must_use]
    pub fn mend(&self) -> String {
        format!("chmod g-w,o= {}", self.path.display())
    }
}

/// The content of a file that others may neither read nor change. Links are followed: it is the file that counts.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let mode = file.metadata()?.permissions().mode() & 0o777;
    if mode & TOO_OPEN != 0 {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, TooOpen { mode, path: path.to_owned() }));
    }
    let mut content = Vec::new();
    file.take(BYTES_MAX + 1).read_to_end(&mut content)?;
    if content.len() as u64 > BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {BYTES_MAX} bytes, so it is something else")));
    }
    Ok(content)
}
