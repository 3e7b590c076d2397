//! The only place where the real parts are put together.

mod keep;
mod listen;
mod load;
mod parts;
mod reload;
mod serve;
mod settings;
mod snapshot;
mod upkeep;

pub use load::{LoadError, Loaded};
pub use parts::{Exposed, Outside, Parts, StartError};
pub use serve::{ServeError, serve};
