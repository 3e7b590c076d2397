//! The command line: what may be typed, and what is printed for it.

mod arguments;
mod sandbox;
mod sandbox_run;

pub use arguments::{Arguments, Command};
pub use sandbox::{Control, SandboxArguments, SandboxCommand, StartArguments};
