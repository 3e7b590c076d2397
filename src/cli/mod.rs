//! The command line: what may be typed, and nothing of what it then does.

mod arguments;
pub mod sandbox;

pub use arguments::{Arguments, Command};
