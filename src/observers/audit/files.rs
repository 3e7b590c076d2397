//! The files of an audit log: `audit.log`, full ones named after their last line's number, and the
//! head.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use crate::observers::audit::chain::Sealed;

/// The file that is written.
pub(super) const CURRENT: &str = "audit.log";

/// One file that is full.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Full {
    /// The number of the last line when it was closed.
    pub(super) last: u64,
    /// Counts further files with the same number: those that were set aside because they were
    /// damaged.
    again: u32,
    pub(super) path: PathBuf,
}

/// A line, or the placeholder for one.
pub(super) struct RawLine {
    /// Without the line break.
    pub(super) bytes: Vec<u8>,
    /// Whether the line break is there.
    pub(super) whole: bool,
    /// Counts the lines of the file from 1.
    pub(super) line: u64,
    /// Where the next line begins.
    pub(super) end: u64,
}

/// A name that no file has yet, for one that is full.
pub(super) fn name_for_full(directory: &Path, last: u64) -> PathBuf {
    let mut path = directory.join(format!("audit-{last:012}.log"));
    let mut again = 1;
    while path.exists() {
        path = directory.join(format!("audit-{last:012}.{again}.log"));
        again += 1;
    }
    path
}

/// The full files, the oldest first.
pub(super) fn all_full(directory: &Path) -> io::Result<Vec<Full>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        all.extend(as_full(path));
    }
    all.sort();
    Ok(all)
}

fn as_full(path: PathBuf) -> Option<Full> {
    let name =
        path.file_name().and_then(OsStr::to_str)?.strip_prefix("audit-")?.strip_suffix(".log")?;
    let (last, again) = name.split_once('.').unwrap_or((name, "0"));
    Some(Full { last: last.parse().ok()?, again: again.parse().ok()?, path })
}

/// All files of the log, the oldest first, the one that is written last.
pub(super) fn all(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let full = all_full(directory)?.into_iter().map(|full| full.path);
    let current = directory.join(CURRENT);
    Ok(full.chain(current.exists().then_some(current)).collect())
}

/// A file's name without its directory.
pub(super) fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The lines of a file; none if it is missing.
pub(super) fn lines(path: &Path) -> io::Result<impl Iterator<Item = io::Result<RawLine>> + use<>> {
    let mut reader = match File::open(path) {
        Ok(file) => Some(BufReader::new(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let mut line = 0;
    let mut end = 0;
    Ok(std::iter::from_fn(move || {
        let mut bytes = Vec::new();
        match reader.as_mut()?.read_until(b'\n', &mut bytes) {
            Ok(0) => return None,
            Ok(count) => end += count as u64,
            Err(error) => return Some(Err(error)),
        }
        line += 1;
        let whole = bytes.pop_if(|last| *last == b'\n').is_some();
        Some(Ok(RawLine { bytes, whole, line, end }))
    }))
}

/// Syncs the directory's entries to disk.
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

impl RawLine {
    /// Its place; none if it was changed.
    pub(super) fn sealed(&self) -> Option<Sealed> {
        if self.whole { Sealed::read(&self.bytes) } else { None }
    }
}
