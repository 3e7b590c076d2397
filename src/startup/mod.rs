//! The only place where the real parts are put together.

mod certificate;
mod hidden;
mod in_full;
mod keep;
mod listen;
mod load;
mod parts;
mod reload;
mod serve;
mod settings;
mod snapshot;
mod upkeep;

pub use certificate::CertificateError;
pub use load::{LoadError, Loaded};
pub use parts::{Exposed, Outside, Parts, StartError};
pub use serve::{ServeError, serve};
pub use upkeep::keep_looking;
