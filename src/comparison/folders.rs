//! What `kubectl diff` runs in place of `diff`: this program, which hands both sides of each object
//! on. So the node needs no `diff`, and what is shown does not depend on which one it has.
//!
//! kubectl's files show the values of a Secret in its annotation of what was last applied. So what
//! nobody wrote is left out here, before anything is handed on.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs::{self, File},
    io::{self, Read as _},
    path::Path,
};

use boathook_core::objects::Document;
use serde_json::{Value, json};

use crate::comparison::{Pair, noise::without_noise};

/// The word that makes this program compare two folders. kubectl puts it behind the folders.
pub const COMPARE_FOLDERS: &str = "compare-folders";

/// Bytes that are read of one file; the API server stores no object of this size.
const FILE_MAX: u64 = 4 << 20;
/// Bytes of one pair that are handed on, and of all of them: less than the program that reads them
/// keeps of an output.
const PAIR_MAX: usize = 256 << 10;
const TOTAL_MAX: usize = 512 << 10;

/// The objects of two folders that differ, each on both sides.
pub fn compare_folders(live: &Path, merged: &Path) -> io::Result<Vec<Pair>> {
    let mut names = names(live)?;
    names.extend(self::names(merged)?);
    let mut room = TOTAL_MAX;
    let mut differing = Vec::new();
    for name in names {
        let live = object(&live.join(&name))?;
        let merged = object(&merged.join(&name))?;
        if live != merged {
            let pair = fitting(Pair { live, merged, is_too_large: false }, room);
            room = room.saturating_sub(size(&pair));
            differing.push(pair);
        }
    }
    Ok(differing)
}

fn names(folder: &Path) -> io::Result<BTreeSet<OsString>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect()
}

/// An object without what nobody wrote; none where there is no file.
fn object(path: &Path) -> io::Result<Option<Document>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let mut text = String::new();
    file.take(FILE_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > FILE_MAX {
        return Err(io::Error::other(format!("{} is too large", path.display())));
    }
    // The parser's error quotes the text.
    let value: Value = serde_yaml::from_str(&text)
        .map_err(|_| io::Error::other(format!("{} is no YAML", path.display())))?;
    Ok((!value.is_null()).then(|| Document(without_noise(value))))
}

/// The pair, or only its names where it is too large.
fn fitting(pair: Pair, room: usize) -> Pair {
    if size(&pair) <= PAIR_MAX.min(room) {
        return pair;
    }
    let Pair { live, merged, is_too_large: _ } = pair;
    let named = |object: Document| {
        Document(json!({
            "apiVersion": object.api_version(),
            "kind": object.kind(),
            "metadata": {"name": object.name(), "namespace": object.namespace()},
        }))
    };
    Pair { live: live.map(named), merged: merged.map(named), is_too_large: true }
}

fn size(pair: &Pair) -> usize {
    serde_json::to_string(pair).map_or(usize::MAX, |text| text.len())
}
