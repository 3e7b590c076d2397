//! The only place where the real parts are put together.

mod certificate;
mod changes;
mod check;
mod end_signals;
mod hidden;
mod keep;
mod listen;
mod listening;
mod load;
mod manifests;
mod notifying;
mod observing;
mod open_files;
mod parts;
mod promoting;
mod pruning;
mod rbac;
mod rehearsing;
mod reload;
mod serve;
mod settings;
mod snapshot;
mod systemd;
mod upkeep;
mod watchdog;

pub use certificate::CertificateError;
pub use check::check;
pub use listen::ListenError;
pub use load::{LoadError, Loaded};
pub use parts::{Exposed, Outside, Parts, StartError};
pub use rbac::{RbacError, rbac};
pub use serve::{ServeError, serve};
pub use systemd::SocketError;
pub use upkeep::keep_looking;
