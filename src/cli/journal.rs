//! `boathook journal`: moves the record from a file to a database, and back.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::{
    cli::{
        CliError, ConfigArguments, Exit, PlaceError,
        copy_places::{PlaceArgument, Places},
        terminal::{Line, print, print_to_stderr},
    },
    journal::{self, Copied, CopyStep, SchemaName},
};

/// After how many more rows of a table there is a word of it.
const ROWS_A_LINE: u64 = 100_000;

/// `boathook journal`.
#[derive(Debug, Args)]
pub struct JournalArguments {
    /// What to do with it.
    #[command(subcommand)]
    command: JournalCommand,
}

#[derive(Debug, Subcommand)]
enum JournalCommand {
    /// Move the record from one place to another while boathook is stopped, and prove that it arrived
    /// (exit 0 moved, 1 not).
    ///
    /// A place is `sqlite` (the file in the state directory that the config names), `postgres`
    /// (state.postgres in the config), the path of a journal or of its directory (it begins with `/` or
    /// `./`), a URL, or `@FILE` with a file that holds a URL. The source stays as it is until everything is read back and equal;
    /// then it says where the record went, and boathook does not start on it any more.
    Copy {
        /// Where the record is
        #[arg(long, value_name = "PLACE")]
        from: PlaceArgument,
        /// Where it is to be; nothing may be there
        #[arg(long, value_name = "PLACE")]
        to: PlaceArgument,
        /// The schema of a database, if it is neither the one that the config names nor `boathook`
        #[arg(long, value_name = "NAME")]
        schema: Option<String>,
        /// A file with the authorities that may vouch for the database's server, in the same way
        #[arg(long, value_name = "FILE")]
        ca: Option<PathBuf>,
        #[command(flatten)]
        config: ConfigArguments,
    },
}

impl JournalArguments {
    /// Moves the record, and prints what was proved. Blocks.
    pub fn run(self) -> Result<Exit, CliError> {
        let JournalCommand::Copy { from, to, schema, ca, config } = self.command;
        let schema = schema.map(SchemaName::try_from).transpose().map_err(PlaceError::Schema)?;
        let places = Places { schema, ca, config };
        let from = places.read(from)?;
        let to = places.read(to)?;
        let shown = (from.to_string(), to.to_string());
        print_proof(&journal::copy(&from, &to, &mut report)?, &shown.0, &shown.1);
        Ok(Exit::Success)
    }
}

/// What takes long is said while it is done.
fn report(step: CopyStep) {
    match step {
        CopyStep::Kept { table, rows } if rows.is_multiple_of(ROWS_A_LINE) => {
            print_to_stderr(format_args!("{table}: {rows} rows are copied"));
        }
        CopyStep::Compares => print_to_stderr("everything is copied; reading both sides back"),
        CopyStep::Begun | CopyStep::Kept { .. } | CopyStep::Retired | CopyStep::Finished => {}
    }
}

fn print_proof(copied: &Copied, from: &str, to: &str) {
    let Copied { tables, last_sequence, digest } = copied;
    for (table, rows) in tables {
        print(format_args!("{table:<20}{rows:>12}"));
    }
    print(format_args!("{:<20}{last_sequence:>12}", "last sequence"));
    print(format_args!("sha256 of all rows, read back from both sides: {digest}"));
    print(format_args!("the record was moved from {} to {}", Line(from), Line(to)));
}
