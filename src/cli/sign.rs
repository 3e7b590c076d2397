//! `boathook sign`: the signature of standard input.

use std::{
    error::Error,
    io::{self, Read},
    process::ExitCode,
};

use boathook_core::deployment::sign;
use clap::Args;

use crate::cli::{
    Exit, SecretArguments,
    terminal::{fail, print},
};

/// `boathook sign`.
#[derive(Debug, Args)]
pub struct SignArguments {
    /// Where the secret is.
    #[command(flatten)]
    secret: SecretArguments,
}

impl SignArguments {
    /// Prints `sha256=<hex>` for the bytes of standard input, exactly as they come.
    pub fn run(&self) -> Result<ExitCode, Box<dyn Error>> {
        let secret = match self.secret.read() {
            Ok(secret) => secret,
            Err(error) => return Ok(fail(&error, Exit::Refused)),
        };
        let mut body = Vec::new();
        io::stdin().lock().read_to_end(&mut body)?;
        print(sign(&secret, &body));
        Ok(Exit::Success.into())
    }
}
