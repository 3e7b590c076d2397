//! The only place where the real parts are put together.

mod hidden;
mod keep;
mod listen;
mod load;
mod parts;
mod reload;
mod serve;
mod settings;
mod snapshot;

pub use load::{LoadError, Loaded};
pub use parts::{Exposed, Outside, Parts, StartError};
pub use serve::{ServeError, serve};
