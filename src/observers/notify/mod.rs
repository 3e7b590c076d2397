//! Notifications: sends status changes from the journal to Slack and signed webhooks, at least once
//! and in order.
//!
//! The journal is the queue: each receiver has a position in it, and a dead one delays no other. A
//! receiver's URL is a secret.

mod addresses;
mod delivery_counters;
mod delivery_task;
mod follow;
mod http_transport;
mod notification;
mod notifier;
mod slack;
mod standard_webhook;
mod status_change;
mod transport;

pub use delivery_counters::{DeliveryCounters, Outcome};
pub use http_transport::HttpTransport;
pub use notifier::Notifier;
pub use transport::{DeliveryError, DeliveryResponse, Notification, Transport};

/// The folder of the receivers' places in the state directory.
pub const FOLDER: &str = "notify";
