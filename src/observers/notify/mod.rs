//! Notifications: Slack and signed webhooks hear of what the journal tells, at least once and in order.
//!
//! The journal is the queue: each receiver has a place in it, and a dead one delays nobody else. Where a receiver is reached is a secret.

mod addresses;
mod carrier;
mod courier;
mod cursor;
mod follow;
mod http_carrier;
mod letter;
mod news;
mod notifier;
mod slack;
mod standard_webhook;
mod tally;

pub use addresses::is_permitted;
pub use carrier::{Carrier, Letter, Receipt, Undelivered};
pub use http_carrier::HttpCarrier;
pub use notifier::Notifier;
pub use tally::{Outcome, Tally};

/// The folder of the receivers' places in the state directory.
pub const FOLDER: &str = "notify";
