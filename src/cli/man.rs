//! `boathook man`: the manual pages, for packages.

use std::{error::Error, fs, path::PathBuf};

use clap::{Args, Command};
use clap_mangen::generate_to;

use crate::cli::Exit;

/// `boathook man`.
#[derive(Debug, Args)]
pub struct ManArguments {
    /// The directory for the pages; created if missing.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

/// Why the pages could not be written.
#[derive(Debug, thiserror::Error)]
#[error("failed to write the manual pages to `{}`", directory.display())]
struct WriteError {
    directory: PathBuf,
    source: std::io::Error,
}

impl ManArguments {
    /// Writes one page for boathook and one for each command and subcommand.
    pub fn run(self, command: Command) -> Result<Exit, Box<dyn Error>> {
        let Self { directory } = self;
        let written =
            fs::create_dir_all(&directory).and_then(|()| generate_to(command, &directory));
        written.map(|()| Exit::Success).map_err(|source| WriteError { directory, source }.into())
    }
}
