//! `boathook backup`: copies the journal, also while boathook runs.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::Args;
use jiff::Timestamp;

use crate::{
    cli::{
        CliError, ConfigArguments, Exit,
        terminal::{Line, print},
    },
    journal::{self, BackUpError},
};

/// `boathook backup`.
#[derive(Debug, Args)]
pub struct BackupArguments {
    /// The directory for the copies; created if missing.
    #[arg(long, value_name = "DIR", default_value = "/var/backups/boathook")]
    into: PathBuf,
    /// How many copies to keep there; older ones are removed once the new one is whole.
    #[arg(long, value_name = "NUMBER", default_value = "5")]
    keep: NonZeroUsize,
    /// Succeed if there is no journal yet, or if it is in PostgreSQL.
    #[arg(long)]
    missing_ok: bool,
    /// The state directory; without it, the one that the config names.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigArguments,
}

impl BackupArguments {
    /// Makes the copy, and prints where it is.
    pub fn run(self, now: Timestamp) -> Result<Exit, CliError> {
        let Self { into, keep, missing_ok, state, config } = self;
        let state = match state {
            Some(state) => state,
            None => {
                let state = config.load().map_err(CliError::NothingToCopy)?.state;
                if let Some(postgres) = state.postgres {
                    let schema = postgres.schema.as_str().to_owned();
                    let in_database = CliError::InDatabase { schema };
                    if !missing_ok {
                        return Err(in_database);
                    }
                    print(format_args!("nothing is copied: {in_database}"));
                    return Ok(Exit::Success);
                }
                state.directory
            }
        };
        match journal::back_up(&state.join(journal::FILE), &into, keep, now) {
            Ok(copy) => {
                print(format_args!(
                    "the journal is copied to {}",
                    Line(&copy.display().to_string())
                ));
                Ok(Exit::Success)
            }
            Err(BackUpError::Missing { .. }) if missing_ok => Ok(Exit::Success),
            Err(error) => Err(error.into()),
        }
    }
}
