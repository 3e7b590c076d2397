//! Notifications: Slack and signed webhooks hear of what the journal tells, at least once and in order.
//!
//! The journal is the queue: each receiver has a place in it, and a dead one delays nobody else. Where a receiver is reached is a secret.

mod addresses;
mod cursor;
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

pub use addresses::is_permitted;
pub use delivery_counters::{DeliveryCounters, Outcome};
pub use http_transport::HttpTransport;
pub use notifier::Notifier;
pub use transport::{DeliveryError, DeliveryResponse, Notification, Transport};

/// The folder of the receivers' places in the state directory.
pub const FOLDER: &str = "notify";
