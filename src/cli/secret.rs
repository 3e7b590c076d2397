//! Where a command gets the secret that it signs with: a file or a variable, never an argument.

use std::{env, fs, os::unix::ffi::OsStringExt, path::PathBuf};

use clap::Args;

use crate::cli::CliError;

/// The variable that holds the secret.
const VARIABLE: &str = "WEBHOOK_SECRET";

/// Where the secret is.
#[derive(Debug, Args)]
pub struct SecretArguments {
    /// A file that holds the secret; without it, the variable WEBHOOK_SECRET does.
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

impl SecretArguments {
    /// Whether there is one.
    pub fn is_given(&self) -> bool {
        self.secret_file.is_some() || env::var_os(VARIABLE).is_some()
    }

    /// The bytes to sign with; a line break at the end does not count, as for the receiver.
    pub fn read(&self) -> Result<Vec<u8>, CliError> {
        let mut secret = match &self.secret_file {
            Some(path) => fs::read(path)
                .map_err(|source| CliError::SecretUnreadable { path: path.clone(), source })?,
            None => env::var_os(VARIABLE).ok_or(CliError::NoSecret)?.into_vec(),
        };
        if secret.last() == Some(&b'\n') {
            secret.pop();
        }
        if secret.last() == Some(&b'\r') {
            secret.pop();
        }
        if secret.is_empty() { Err(CliError::EmptySecret) } else { Ok(secret) }
    }
}
