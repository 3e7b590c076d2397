//! The end of a log, for pages: its newest lines, without verification, from its last files only.

use std::{collections::VecDeque, io, path::Path};

use serde_json::Value;

use crate::observers::audit::files;

/// Files that are read at most; older lines are for the command line.
const FILES_MAX: usize = 2;

#[derive(Clone, Debug, PartialEq)]
pub struct Newest {
    /// Each as a JSON object, newest first. A damaged line is skipped.
    pub lines: Vec<Value>,
    /// Whether there may be earlier ones.
    pub has_older: bool,
}

/// The newest lines of the log in a directory, of this deployment if one is named, `limit` at most.
/// If there is no log, there are none.
pub fn newest(directory: &Path, deployment: Option<&str>, limit: usize) -> io::Result<Newest> {
    let all = match files::all(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        all => all?,
    };
    let mut has_older = all.len() > FILES_MAX;
    let mut lines = VecDeque::new();
    for path in all.iter().skip(all.len().saturating_sub(FILES_MAX)) {
        for line in files::lines(path)? {
            let bytes = line?.bytes;
            if deployment.is_some_and(|id| !may_be_of(&bytes, id)) {
                continue;
            }
            lines.push_back(bytes);
            if lines.len() > limit {
                lines.pop_front();
                has_older = true;
            }
        }
    }
    let values = lines.iter().rev().filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let of_it = values.filter(|value| deployment.is_none_or(|id| value["deployment"] == id));
    Ok(Newest { lines: of_it.collect(), has_older })
}

/// Whether the line contains the id at all: most lines belong to other deployments and are not
/// parsed.
fn may_be_of(line: &[u8], id: &str) -> bool {
    !id.is_empty() && line.windows(id.len()).any(|part| part == id.as_bytes())
}
