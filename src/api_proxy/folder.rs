//! The folder of the proxy's socket, for boathook's user alone: whoever may connect reads the
//! cluster with boathook's credentials. One boathook at a time uses it.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::OnceLock,
};

use rustix::fs::{FlockOperation, flock};

/// The socket in it.
const SOCKET: &str = "api.sock";
/// The file that the boathook locks that uses it; what it starts does not hold the lock.
const LOCK: &str = "lock";
const MODE: u32 = 0o700;
const LOCK_MODE: u32 = 0o600;
/// The longest path of a Unix socket.
const PATH_MAX: usize = 107;
const OTHERS: u32 = 0o077;

/// Why the socket cannot be there.
#[derive(Debug, thiserror::Error)]
pub(super) enum FolderError {
    #[error(
        "the path of the socket of `kubectl proxy`, {}, has more than {PATH_MAX} bytes; use a shorter one (operator.socket; TMPDIR for `boathook check`)",
        .0.display()
    )]
    TooLong(PathBuf),
    #[error("failed to prepare {} for the socket of `kubectl proxy`: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{} can be opened by others than boathook's user (mode {mode:03o}); remove it", path.display())]
    Open { path: PathBuf, mode: u32 },
    #[error("another boathook uses {} for its `kubectl proxy`; give each its own operator.socket", .0.display())]
    Taken(PathBuf),
}

/// The folder.
pub(super) struct Folder {
    path: PathBuf,
    lock: OnceLock<File>,
}

impl Folder {
    pub(super) const fn at(path: PathBuf) -> Self {
        Self { path, lock: OnceLock::new() }
    }

    /// Where the socket is.
    pub(super) fn socket(&self) -> PathBuf {
        self.path.join(SOCKET)
    }

    /// Makes the folder, and takes it for this boathook.
    pub(super) fn take(&self) -> Result<(), FolderError> {
        let socket = self.socket();
        if socket.as_os_str().len() > PATH_MAX {
            return Err(FolderError::TooLong(socket));
        }
        DirBuilder::new()
            .recursive(true)
            .mode(MODE)
            .create(&self.path)
            .map_err(|source| self.failed(source))?;
        closed(&self.path)?;
        if self.lock.get().is_none() {
            let path = self.path.join(LOCK);
            let file = OpenOptions::new().create(true).append(true).mode(LOCK_MODE).open(path);
            let file = file.map_err(|source| self.failed(source))?;
            flock(&file, FlockOperation::NonBlockingLockExclusive)
                .map_err(|_| FolderError::Taken(self.path.clone()))?;
            // Only the supervisor takes it, one attempt after the other.
            let _ = self.lock.set(file);
        }
        Ok(())
    }

    /// Removes a socket that nobody listens on any more.
    pub(super) fn clear(&self) -> Result<(), FolderError> {
        match fs::remove_file(self.socket()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.failed(error)),
            _ => Ok(()),
        }
    }

    /// Whether the socket is for boathook's user alone; kubectl makes it so.
    pub(super) fn check_socket(&self) -> Result<(), FolderError> {
        closed(&self.socket())
    }

    fn failed(&self, source: io::Error) -> FolderError {
        FolderError::Io { path: self.path.clone(), source }
    }
}

fn closed(path: &Path) -> Result<(), FolderError> {
    let found = fs::symlink_metadata(path)
        .map_err(|source| FolderError::Io { path: path.to_owned(), source })?;
    let mode = found.permissions().mode() & 0o777;
    if mode & OTHERS == 0 { Ok(()) } else { Err(FolderError::Open { path: path.to_owned(), mode }) }
}
