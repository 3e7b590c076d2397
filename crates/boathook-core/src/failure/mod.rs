//! Distinguishes transient from permanent failures: one table for registries, containerd, DNS, the
//! API server, and everything between a sender and boathook.
//!
//! It reads fixed forms in the output of programs and servers: HTTP status codes, codes of
//! registries, gRPC codes, kubectl's `(Reason)`, and the texts of libraries for an errno. It does
//! no I/O.

mod class;
mod http;
mod message;
mod network;
mod reason;
mod shorten;

pub use class::Class;
pub use http::{LONGEST_RETRY_AFTER, of_status, retry_after, retry_after_seconds};
pub use message::{is_refused_login, of_message};
pub use reason::{of_reason, reasons};
pub use shorten::shorten;
