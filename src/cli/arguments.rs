//! All subcommands.

use clap::{Parser, Subcommand};

use crate::cli::SandboxArguments;

/// A signed webhook becomes a Knative deployment, in stages, watched, recorded, and undone when it is not good.
#[derive(Debug, Parser)]
#[command(name = "boathook", version)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What boathook can be told to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// A simulated k3s and Knative on loopback, for trying things and for tests.
    Sandbox(SandboxArguments),
}
