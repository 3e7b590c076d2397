//! The only place where the real parts are put together.

mod listen;
mod parts;
mod rbac;
mod serve;
mod settings;
mod systemd;
mod watchdog;

pub use listen::ListenError;
pub use parts::{Outside, Parts, StartError};
pub use rbac::{RbacError, rbac};
pub use serve::{ServeError, serve};
pub use systemd::SocketError;
