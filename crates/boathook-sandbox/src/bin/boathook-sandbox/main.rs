//! The simulated node as a program of its own: it starts one, and controls a running one.

mod arguments;
mod run;

use std::process::ExitCode;

use boathook_core::deployment::error_chain;
use clap::Parser as _;

use crate::arguments::Arguments;

#[tokio::main]
async fn main() -> ExitCode {
    Arguments::parse().run().await.unwrap_or_else(|error| {
        eprintln!("error: {}", error_chain(error.as_ref()));
        ExitCode::FAILURE
    })
}
