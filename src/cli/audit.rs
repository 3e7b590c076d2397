//! `boathook audit`: verifying, comparing and reading audit logs, from their files alone.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use serde_json::Value;

use crate::{
    cli::{
        CliError, ConfigArguments, Exit, audit_comparison,
        audit_line::describe,
        proof,
        terminal::{print, print_to_stderr},
    },
    observers::audit::{self, Shown, VerifyError},
};

/// `boathook audit`.
#[derive(Debug, Args)]
pub struct AuditArguments {
    /// What to do with it.
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Verify that no line was changed, removed or moved (exit 0 intact, 1 not)
    Verify {
        #[command(flatten)]
        place: Place,
    },
    /// Compare the log with those of the other boathooks that share the record (exit 0 the same, 1 not)
    Compare {
        /// The directories of the other logs, or of copies of them
        #[arg(value_name = "DIR", required = true)]
        others: Vec<PathBuf>,
        #[command(flatten)]
        place: Place,
    },
    /// Print the lines, oldest first
    Show {
        /// Only this deployment: boathook's id or the sender's deployment_id
        #[arg(long, value_name = "ID")]
        deployment: Option<String>,
        /// Print the lines as JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: Place,
    },
}

/// Where the log is.
#[derive(Debug, Args)]
struct Place {
    /// The log's directory; without it, the folder `audit` in the state directory that the config
    /// names
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigArguments,
}

impl Place {
    fn directory(self) -> Result<PathBuf, CliError> {
        match self.dir {
            Some(directory) => Ok(directory),
            None => Ok(self.config.load()?.state.directory.join(audit::FOLDER)),
        }
    }
}

impl AuditArguments {
    /// Verifies, compares or prints.
    pub fn run(self) -> Result<Exit, CliError> {
        match self.command {
            AuditCommand::Verify { place } => {
                print(proof::describe(&audit::verify(&place.directory()?)?));
                Ok(Exit::Success)
            }
            AuditCommand::Compare { others, place } => {
                let mut directories = vec![place.directory()?];
                directories.extend(others);
                let comparison = audit::compare(&directories)?;
                print(audit_comparison::describe(&comparison));
                Ok(if comparison.different == 0 { Exit::Success } else { Exit::Failure })
            }
            AuditCommand::Show { deployment, json, place } => {
                show(&place.directory()?, deployment.as_deref(), json)
            }
        }
    }
}

/// A line that cannot be read is named, and the others are printed all the same.
fn show(directory: &Path, deployment: Option<&str>, json: bool) -> Result<Exit, CliError> {
    let unreadable = |source| VerifyError::of(directory, source);
    let shown = audit::read(directory).map_err(unreadable)?;
    let mut known = deployment.map(Wanted::new);
    let mut exit = Exit::Success;
    let mut found = false;
    for shown in shown {
        let Shown { file, line, text, value } = shown.map_err(unreadable)?;
        match value {
            None => {
                print_to_stderr(format_args!(
                    "error: {file} line {line} cannot be read; see `boathook audit verify`"
                ));
                exit = Exit::Failure;
            }
            Some(value) if known.as_mut().is_some_and(|wanted| !wanted.is_met(&value)) => {}
            Some(value) => {
                found = true;
                if json { print(text) } else { print(describe(&value)) }
            }
        }
    }
    if let Some(id) = deployment.filter(|_| !found) {
        print_to_stderr(format_args!(
            "error: no line is about a deployment {id:?}; boathook list shows those that are known"
        ));
        exit = Exit::Failure;
    }
    Ok(exit)
}

/// The lines of one deployment. Its attempts share the sender's id, which only the lines of their
/// acceptances hold.
struct Wanted {
    id: String,
    ids: BTreeSet<String>,
}

impl Wanted {
    fn new(id: &str) -> Self {
        Self { id: id.to_owned(), ids: BTreeSet::from([id.to_owned()]) }
    }

    fn is_met(&mut self, line: &Value) -> bool {
        let Some(id) = line["deployment"].as_str() else { return false };
        if line["deployment_id"] == self.id.as_str() {
            self.ids.insert(id.to_owned());
        }
        self.ids.contains(id)
    }
}
