//! What `kubectl diff` runs in place of `diff`: this program, which hands both sides of each object
//! on, whole. So the node needs no `diff`, and what is shown does not depend on which one it has.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs::{self, File},
    io::{self, Read as _},
    path::Path,
};

use crate::comparison::Pair;

/// The word that makes this program compare two folders. kubectl puts it behind the folders.
pub const COMPARE_FOLDERS: &str = "compare-folders";

/// Bytes that are read of one file; the API server stores no object of this size.
const FILE_MAX: u64 = 4 << 20;

/// The files of two folders that differ, one with the other.
pub fn compare_folders(live: &Path, merged: &Path) -> io::Result<Vec<Pair>> {
    let names: BTreeSet<OsString> =
        names(live)?.into_iter().chain(names(merged)?).collect::<BTreeSet<_>>();
    let mut differing = Vec::new();
    for name in names {
        let pair = Pair { live: text(&live.join(&name))?, merged: text(&merged.join(&name))? };
        if pair.live != pair.merged {
            differing.push(pair);
        }
    }
    Ok(differing)
}

fn names(folder: &Path) -> io::Result<Vec<OsString>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect()
}

/// A file that is not there is an empty one.
fn text(path: &Path) -> io::Result<String> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
        opened => opened?,
    };
    let mut text = String::new();
    file.take(FILE_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > FILE_MAX {
        return Err(io::Error::other(format!("{} is too large", path.display())));
    }
    Ok(text)
}
