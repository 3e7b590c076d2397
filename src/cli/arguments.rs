//! All subcommands.

use clap::{Parser, Subcommand};

use crate::cli::{ListArguments, LogsArguments, SandboxArguments, SendArguments, ServeArguments, ShowArguments, SignArguments};

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
    /// Run the handler: take webhooks, deploy, until SIGTERM.
    Serve(ServeArguments),
    /// Send a deployment from CI, follow it, and end with its result: 0 success, 1 failed or rolled back, 2 refused, 3 unreachable, 4 still running.
    Send(Box<SendArguments>),
    /// The signature of standard input, as `sha256=<hex>`.
    Sign(SignArguments),
    /// Deployments, newest first.
    List(ListArguments),
    /// One deployment: its steps, its traffic, and why it ended.
    Show(ShowArguments),
    /// Every program that a deployment ran, with how it ended and what it wrote.
    Logs(LogsArguments),
    /// A simulated k3s and Knative on loopback, for trying things and for tests.
    Sandbox(SandboxArguments),
}
