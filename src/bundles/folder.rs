//! Reads a folder as a bundle: what `boathook send` packs.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use boathook_core::deployment::{Bundle, BundlePath, InvalidBundlePath};

use crate::bundles::BundleLimits;

/// How the names end that editors and patches give to what they keep.
const BACKUPS: [&str; 6] = ["~", ".swp", ".swo", ".bak", ".orig", ".rej"];

/// Why a folder is no bundle.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("failed to read `{}`", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("`{}` is a symbolic link, and a bundle holds files only; put the file itself there", .0.display())]
    Link(PathBuf),
    #[error("`{}` is neither a file nor a folder; leave it out", .0.display())]
    Special(PathBuf),
    #[error("`{}` has a name that is not UTF-8; rename it", .0.display())]
    NotUtf8(PathBuf),
    #[error("`{}` cannot stand in a bundle: its path {fault}", path.display())]
    Path { path: PathBuf, fault: InvalidBundlePath },
    #[error("`{}` holds more than {max} bytes in files; name the folder that holds manifests only", path.display())]
    TooLarge { path: PathBuf, max: usize },
    #[error("`{}` holds more than {max} files and folders; name the folder that holds manifests only", path.display())]
    TooMany { path: PathBuf, max: usize },
    #[error("`{}` holds no file", .0.display())]
    Empty(PathBuf),
}

/// The files below a folder. Hidden ones and the backups of editors are left out; links are refused.
pub fn read_folder(root: &Path) -> Result<Bundle, FolderError> {
    let mut reading = Reading { root, files: BTreeMap::new(), entries: 0, bytes: 0 };
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let unreadable = |source| FolderError::Unreadable { path: folder.clone(), source };
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            folders.extend(reading.take(path)?);
        }
    }
    if reading.files.is_empty() {
        return Err(FolderError::Empty(root.to_owned()));
    }
    Ok(Bundle::new(reading.files))
}

struct Reading<'a> {
    root: &'a Path,
    files: BTreeMap<BundlePath, Vec<u8>>,
    entries: usize,
    bytes: usize,
}

impl Reading<'_> {
    /// Takes one entry; returns it if it is a folder to read.
    fn take(&mut self, path: PathBuf) -> Result<Option<PathBuf>, FolderError> {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            return Err(FolderError::NotUtf8(path));
        };
        if is_left_out(name) {
            return Ok(None);
        }
        self.entries += 1;
        let max = BundleLimits::RECORDED.max_entries;
        if self.entries > max {
            return Err(FolderError::TooMany { path: self.root.to_owned(), max });
        }
        let unreadable = |source| FolderError::Unreadable { path: path.clone(), source };
        let kind = fs::symlink_metadata(&path).map_err(unreadable)?;
        if kind.is_symlink() {
            return Err(FolderError::Link(path));
        }
        if kind.is_dir() {
            return Ok(Some(path));
        }
        if !kind.is_file() {
            return Err(FolderError::Special(path));
        }
        let max = BundleLimits::RECORDED.max_bytes;
        self.bytes = self.bytes.saturating_add(usize::try_from(kind.len()).unwrap_or(usize::MAX));
        if self.bytes > max {
            return Err(FolderError::TooLarge { path: self.root.to_owned(), max });
        }
        let content = fs::read(&path).map_err(unreadable)?;
        self.files.insert(self.inside(&path)?, content);
        Ok(None)
    }

    fn inside(&self, path: &Path) -> Result<BundlePath, FolderError> {
        let below = path.strip_prefix(self.root).unwrap_or(path).to_str().unwrap_or_default();
        BundlePath::parse(below).map_err(|fault| FolderError::Path { path: path.to_owned(), fault })
    }
}

fn is_left_out(name: &str) -> bool {
    let is_lock = name.starts_with('#') && name.ends_with('#');
    name.starts_with('.') || is_lock || BACKUPS.iter().any(|end| name.ends_with(end))
}
