//! What `kubectl diff` runs to compare: this program, by `FOLDER FOLDER compare-folders`. It is no
//! command, because kubectl puts its folders first.

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use crate::{
    cli::terminal::{Line, print_to_reader, print_to_stderr},
    comparison::{COMPARE_FOLDERS, Pair, compare_folders},
};

/// `diff` ends so when it fails.
const FAILED: u8 = 2;

/// The two folders that kubectl has compared.
#[derive(Debug)]
pub struct ComparedFolders {
    live: PathBuf,
    merged: PathBuf,
}

impl ComparedFolders {
    /// The folders in an argument list that asks for their comparison.
    #[must_use]
    pub fn named_by(arguments: impl IntoIterator<Item = OsString>) -> Option<Self> {
        let arguments: [OsString; 4] = arguments.into_iter().collect::<Vec<_>>().try_into().ok()?;
        let [_, live, merged, word] = arguments;
        (word == COMPARE_FOLDERS).then(|| Self { live: live.into(), merged: merged.into() })
    }

    /// Prints both sides of what differs, a line for each object.
    #[must_use]
    pub fn print(&self) -> ExitCode {
        match compare_folders(&self.live, &self.merged) {
            // Not 1, which `diff` ends with where something differs: kubectl hands it on, and then a
            // comparison would look like a failure of kubectl.
            Ok(pairs) if pairs.iter().filter_map(line).all(print_to_reader) => ExitCode::SUCCESS,
            Ok(_) => FAILED.into(),
            Err(error) => {
                print_to_stderr(format_args!(
                    "error: failed to compare: {}",
                    Line(&error.to_string())
                ));
                FAILED.into()
            }
        }
    }
}

/// JSON has no line break of its own.
fn line(pair: &Pair) -> Option<String> {
    serde_json::to_string(pair).ok()
}
