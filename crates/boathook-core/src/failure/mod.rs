//! Tells failures that pass by themselves from those that stay: the one table for registries, containerd, DNS, the API server, and whatever
//! stands between a sender and boathook.
//!
//! It reads what programs and servers say in a fixed form: HTTP status codes, codes of registries, gRPC codes, kubectl's `(Reason)`, and the
//! texts that libraries have for an errno. It asks nobody and waits for nothing.

mod class;
mod http;
mod message;
mod network;
mod reason;
mod shorten;

pub use class::Class;
pub use http::{LONGEST_RETRY_AFTER, of_status, retry_after};
pub use message::{is_refused_login, of_message};
pub use reason::{of_reason, reasons};
pub use shorten::shorten;
