//! `boathook man`: the manual pages, for packages.

use std::{fs, path::PathBuf};

use clap::{Args, Command};
use clap_mangen::generate_to;

use crate::cli::{CliError, Exit};

/// `boathook man`.
#[derive(Debug, Args)]
pub struct ManArguments {
    /// The directory for the pages; created if missing.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl ManArguments {
    /// Writes one page for boathook and one for each command and subcommand.
    pub fn run(self, command: Command) -> Result<Exit, CliError> {
        let Self { directory } = self;
        let written =
            fs::create_dir_all(&directory).and_then(|()| generate_to(command, &directory));
        written
            .map(|()| Exit::Success)
            .map_err(|source| CliError::ManualUnwritable { directory, source })
    }
}
