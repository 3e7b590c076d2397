//! `boathook sign`: the signature of standard input.

use std::io::{self, Read};

use boathook_core::deployment::sign;
use clap::Args;

use crate::cli::{CliError, Exit, SecretArguments, terminal::print};

/// `boathook sign`.
#[derive(Debug, Args)]
pub struct SignArguments {
    /// Where the secret is.
    #[command(flatten)]
    secret: SecretArguments,
}

impl SignArguments {
    /// Prints `sha256=<hex>` for the bytes of standard input, exactly as they come.
    pub fn run(&self) -> Result<Exit, CliError> {
        let secret = self.secret.read()?;
        let mut body = Vec::new();
        io::stdin().lock().read_to_end(&mut body).map_err(CliError::InputUnreadable)?;
        print(sign(&secret, &body));
        Ok(Exit::Success)
    }
}
