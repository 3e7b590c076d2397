//! `boathook completions`: what a shell needs to complete boathook's commands and options.

use clap::{Args, Command, ValueEnum};
use clap_complete::{generate, shells};

use crate::cli::{Exit, terminal::print};

/// `boathook completions`.
#[derive(Debug, Args)]
pub struct CompletionsArguments {
    /// For which shell.
    shell: Shell,
}

/// The shells that are served.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

impl CompletionsArguments {
    /// Prints the script for the shell.
    pub fn run(&self, mut command: Command) -> Exit {
        let mut script = Vec::new();
        match self.shell {
            Shell::Bash => generate(shells::Bash, &mut command, "boathook", &mut script),
            Shell::Zsh => generate(shells::Zsh, &mut command, "boathook", &mut script),
            Shell::Fish => generate(shells::Fish, &mut command, "boathook", &mut script),
        }
        print(String::from_utf8_lossy(&script).trim_end());
        Exit::Success
    }
}
