//! Files that hold secrets and keys: boathook reads one only if no other user could read or change
//! it.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{self, Mode, OFlags},
    process::geteuid,
};

/// Bytes that such a file may have.
const BYTES_MAX: u64 = 64 * 1024;
/// Reading and writing by others, and writing by the group; a group may read what it was given to
/// read.
const TOO_OPEN: u32 = 0o026;

/// Others may read or change such a file.
#[derive(Debug, thiserror::Error)]
#[error("others may read or change it (mode {mode:03o}); run `{}`", self.fix())]
pub struct TooOpen {
    mode: u32,
    path: PathBuf,
}

impl TooOpen {
    /// The command that closes it.
    #[must_use]
    pub fn fix(&self) -> String {
        format!("chmod g-w,o= {}", self.path.display())
    }
}

/// The content of a file, owned by root or us, that others may neither read nor change. Links are
/// followed.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let metadata = file.metadata()?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & TOO_OPEN != 0 {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            TooOpen { mode, path: path.to_owned() },
        ));
    }
    let owner = metadata.uid();
    let own = geteuid().as_raw();
    if owner != 0 && owner != own {
        return denied(format!(
            "it belongs to the user {owner}, who may change it; run `chown root {}`",
            path.display()
        ));
    }
    content(file)
}

/// The content of a small file that anyone may read.
pub fn read_public(path: &Path) -> io::Result<Vec<u8>> {
    content(open(path)?)
}

/// Opens a file without blocking, in case it is a pipe.
fn open(path: &Path) -> io::Result<File> {
    let file = File::from(fs::open(
        path,
        OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC,
        Mode::empty(),
    )?);
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"))
    }
}

fn content(file: File) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    file.take(BYTES_MAX + 1).read_to_end(&mut content)?;
    if content.len() as u64 > BYTES_MAX {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it has more than {BYTES_MAX} bytes, so it is something else"),
        ));
    }
    Ok(content)
}

fn denied<T>(what: String) -> io::Result<T> {
    Err(io::Error::new(io::ErrorKind::PermissionDenied, what))
}
