//! Reading a log's lines without verifying them.

use std::{io, path::Path};

use serde_json::Value;

use crate::observers::audit::files;

/// One line of a log.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The file's name.
    pub file: String,
    /// The line in that file, from 1.
    pub line: u64,
    /// The line as the file holds it; invalid UTF-8 is replaced.
    pub text: String,
    /// Its content; none if it cannot be parsed.
    pub value: Option<Value>,
}

/// The lines of the log in a directory, the oldest first.
pub fn read(directory: &Path) -> io::Result<impl Iterator<Item = io::Result<Shown>> + use<>> {
    let files = files::all(directory)?.into_iter();
    Ok(files.flat_map(|path| {
        let file = files::name(&path);
        let (lines, failed) = match files::lines(&path) {
            Ok(lines) => (Some(lines), None),
            Err(error) => (None, Some(Err(error))),
        };
        let shown = lines.into_iter().flatten().map(move |raw| {
            let raw = raw?;
            let text = String::from_utf8_lossy(&raw.bytes).into_owned();
            Ok(Shown {
                file: file.clone(),
                line: raw.line,
                value: serde_json::from_str(&text).ok(),
                text,
            })
        });
        failed.into_iter().chain(shown)
    }))
}
