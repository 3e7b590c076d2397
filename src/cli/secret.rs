//! Where a command gets the secret that it signs with: a file or a variable, never an argument.

use std::{env, fs, io, os::unix::ffi::OsStringExt, path::PathBuf};

use clap::Args;

/// The variable that holds the secret.
const VARIABLE: &str = "WEBHOOK_SECRET";

/// Where the secret is.
#[derive(Debug, Args)]
pub struct SecretArguments {
    /// A file that holds the secret; without it, the variable WEBHOOK_SECRET does.
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum NoSecret {
    /// The file cannot be read.
    #[error("failed to read the secret from {}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    /// No file was named, and the variable is not set.
    #[error("no secret: set {VARIABLE}, or name a file with --secret-file")]
    Missing,
    /// It is empty.
    #[error("the secret is empty")]
    Empty,
}

impl SecretArguments {
    /// The bytes to sign with; a line break at the end does not count, as for the receiver.
    pub fn read(&self) -> Result<Vec<u8>, NoSecret> {
        let mut secret = match &self.secret_file {
            Some(path) => fs::read(path)
                .map_err(|source| NoSecret::Unreadable { path: path.clone(), source })?,
            None => env::var_os(VARIABLE).ok_or(NoSecret::Missing)?.into_vec(),
        };
        if secret.last() == Some(&b'\n') {
            secret.pop();
        }
        if secret.last() == Some(&b'\r') {
            secret.pop();
        }
        if secret.is_empty() { Err(NoSecret::Empty) } else { Ok(secret) }
    }
}
