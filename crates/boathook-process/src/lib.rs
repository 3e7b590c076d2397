//! Runs one program: argument list, deadline, own process group, capped output.
//!
//! It knows nothing of kubectl or of deployments, and it never goes through a shell.

mod command;
mod drain;
mod group;
mod groups;
mod lookup;
mod program_runner;
mod runner;

pub use command::{Captured, Command, Exit, Finished};
pub use program_runner::ProgramRunner;
pub use runner::{RunError, Runner};
