//! The only place where the real parts are put together.

mod listen;
mod open_files;
mod parts;
mod serve;
mod settings;

pub use parts::{Outside, Parts, StartError};
pub use serve::{ServeError, serve};
