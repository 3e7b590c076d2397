//! `boathook sealing-key`: makes the key with which senders seal requests, and shows its public part.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};

use crate::{
    cli::{CliError, Exit, terminal::print},
    sealing::PrivateKey,
};

/// Only its owner may read it.
const MODE: u32 = 0o600;

/// `boathook sealing-key`.
#[derive(Debug, Args)]
pub struct SealingKeyArguments {
    /// What to do.
    #[command(subcommand)]
    command: SealingKeyCommand,
}

#[derive(Debug, Subcommand)]
enum SealingKeyCommand {
    /// Make a private key, write it to a new file, and print its public key
    New {
        /// The file, which must not exist
        file: PathBuf,
    },
    /// Print the public key of a private one, for `boathook send --seal`
    Public {
        /// The file with the private key
        file: PathBuf,
    },
}

impl SealingKeyArguments {
    /// Prints the public key.
    pub fn run(&self) -> Result<Exit, CliError> {
        let key = match &self.command {
            SealingKeyCommand::New { file } => new(file)?,
            SealingKeyCommand::Public { file } => read(file)?,
        };
        print(key.public());
        Ok(Exit::Success)
    }
}

fn new(file: &Path) -> Result<PrivateKey, CliError> {
    let failed = |source| CliError::KeyUnwritable { path: file.to_owned(), source };
    let key = PrivateKey::generate().map_err(|error| failed(io::Error::other(error)))?;
    write(file, &format!("{}\n", key.reveal())).map_err(failed)?;
    Ok(key)
}

fn write(file: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(file)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn read(file: &Path) -> Result<PrivateKey, CliError> {
    let text = fs::read_to_string(file);
    let text = text.map_err(|source| CliError::KeyUnreadable { path: file.to_owned(), source })?;
    PrivateKey::parse(&text).map_err(|_| CliError::NoKey(file.to_owned()))
}
