//! A folder that is removed with everything in it, however its use ends.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A folder of rendered manifests, which hold Secrets. What is dropped, at a deadline or because
/// nobody waits for the result any more, takes its files along.
#[derive(Debug)]
pub struct WorkFolder(PathBuf);

impl WorkFolder {
    /// Takes over a path; whoever writes there makes the folder.
    #[must_use]
    pub const fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        // Files that cannot be removed are overwritten the next time.
        let _ = fs::remove_dir_all(&self.0);
    }
}
