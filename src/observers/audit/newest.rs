//! The end of a log, for pages: its newest lines, without verification, from its last files only.

use std::{collections::VecDeque, io, path::Path};

use serde_json::Value;

use crate::observers::audit::files;

/// Files that are read at most; older lines are for the command line.
const FILES_MAX: usize = 2;
/// What a line about a program holds. In a text its quotes would be escaped.
const OF_PROGRAM: &str = "\"what\":\"command_";

/// Which lines are wanted.
#[derive(Clone, Debug, Default)]
pub struct LinesQuery {
    /// Of this deployment only.
    pub deployment: Option<String>,
    /// Whether lines about programs are wanted, which are most of all.
    pub programs: bool,
    /// Before the line with this number only.
    pub before: Option<u64>,
    /// The most lines.
    pub limit: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Newest {
    /// Newest first. A damaged line is skipped.
    pub lines: Vec<NewestLine>,
    /// Whether there are earlier ones in the files that were read.
    pub has_older: bool,
    /// Whether there are earlier files.
    pub has_older_files: bool,
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct NewestLine {
    /// As the file holds it.
    pub text: String,
    pub value: Value,
}

/// The newest lines of the log in a directory that are wanted. If there is no log, there are none.
pub fn newest(directory: &Path, wanted: &LinesQuery) -> io::Result<Newest> {
    let all = match files::all(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        all => all?,
    };
    let has_older_files = all.len() > FILES_MAX;
    let mut lines = Vec::new();
    let mut has_older = false;
    for path in all.iter().rev().take(FILES_MAX) {
        let room = wanted.limit - lines.len();
        let mut of_file = VecDeque::new();
        for line in files::lines(path)? {
            let bytes = line?.bytes;
            if !wanted.may_have(&bytes) {
                continue;
            }
            let Some(line) = NewestLine::of(&bytes).filter(|line| wanted.has(&line.value)) else {
                continue;
            };
            of_file.push_front(line);
            if of_file.len() > room {
                of_file.pop_back();
                has_older = true;
            }
        }
        lines.extend(of_file);
        if has_older {
            break;
        }
    }
    Ok(Newest { lines, has_older, has_older_files })
}

impl NewestLine {
    fn of(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?.to_owned();
        Some(Self { value: serde_json::from_str(&text).ok()?, text })
    }
}

impl LinesQuery {
    /// Whether the line may be wanted by its bytes: most lines are about programs or belong to other
    /// deployments, and are not parsed.
    fn may_have(&self, line: &[u8]) -> bool {
        let has = |text: &str| line.windows(text.len()).any(|part| part == text.as_bytes());
        (self.programs || !has(OF_PROGRAM))
            && self.deployment.as_ref().is_none_or(|id| !id.is_empty() && has(id))
    }

    fn has(&self, line: &Value) -> bool {
        let is_program = matches!(line["what"].as_str(), Some("command_started" | "command_ended"));
        self.deployment.as_ref().is_none_or(|id| line["deployment"] == **id)
            && (self.programs || !is_program)
            && self.before.is_none_or(|before| line["number"].as_u64() < Some(before))
    }
}
