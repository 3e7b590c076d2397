//! The folder of the proxy's socket, for boathook's user alone: whoever may connect reads the
//! cluster with boathook's credentials.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

/// The socket in it.
const SOCKET: &str = "api.sock";
const MODE: u32 = 0o700;
/// The longest path of a Unix socket.
const PATH_MAX: usize = 107;
const OTHERS: u32 = 0o077;

/// Why the socket cannot be there.
#[derive(Debug, thiserror::Error)]
pub(super) enum FolderError {
    #[error(
        "the path of the socket of `kubectl proxy`, {}, has more than {PATH_MAX} bytes; set operator.socket to a shorter path",
        .0.display()
    )]
    TooLong(PathBuf),
    #[error("failed to prepare the folder {} for the socket of `kubectl proxy`: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{} can be opened by others than boathook's user (mode {mode:03o})", path.display())]
    Open { path: PathBuf, mode: u32 },
}

/// The folder.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) const fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where the socket is.
    pub(super) fn socket(&self) -> PathBuf {
        self.0.join(SOCKET)
    }

    /// Makes the folder, without a socket in it.
    pub(super) fn prepare(&self) -> Result<(), FolderError> {
        let socket = self.socket();
        if socket.as_os_str().len() > PATH_MAX {
            return Err(FolderError::TooLong(socket));
        }
        let failed = |source| FolderError::Io { path: self.0.clone(), source };
        fs::DirBuilder::new().recursive(true).mode(MODE).create(&self.0).map_err(failed)?;
        closed(&self.0)?;
        match fs::remove_file(&socket) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(error)),
            _ => Ok(()),
        }
    }

    /// Whether the socket is for boathook's user alone; kubectl makes it so.
    pub(super) fn check_socket(&self) -> Result<(), FolderError> {
        closed(&self.socket())
    }
}

fn closed(path: &Path) -> Result<(), FolderError> {
    let found = fs::symlink_metadata(path)
        .map_err(|source| FolderError::Io { path: path.to_owned(), source })?;
    let mode = found.permissions().mode() & 0o777;
    if mode & OTHERS == 0 { Ok(()) } else { Err(FolderError::Open { path: path.to_owned(), mode }) }
}
