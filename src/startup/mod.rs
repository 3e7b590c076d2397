//! The only place that connects the real parts.

mod app;
mod certificate;
mod changes;
mod check;
mod dry_running;
mod end_signals;
mod listen;
mod listening;
mod load;
mod maintenance;
mod manifests;
mod notifying;
mod observing;
mod promoting;
mod pruning;
mod rbac;
mod redaction;
mod reload;
mod restart_required;
mod rlimit;
mod serve;
mod settings;
mod snapshot;
mod systemd;
mod watchdog;

pub use app::{App, Dependencies, Exposed, StartError};
pub use certificate::CertificateError;
pub use check::check;
pub use listen::ListenError;
pub use load::{LoadError, Loaded};
pub use maintenance::run as run_maintenance;
pub use rbac::{RbacError, rbac};
pub use serve::{ServeError, serve};
pub use settings::tools;
pub use systemd::SocketError;
