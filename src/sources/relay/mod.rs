//! Webhooks from a relay: a server outside takes them from senders, and writes them to its
//! subscribers as server-sent events. boathook subscribes, so nothing has to reach this machine.
//!
//! A relay is believed in nothing: a request counts because its signature fits its bytes.

mod dialect;
mod follow;
mod http_transport;
mod not_taken;
mod position;
mod relayed;
mod stream_id;
mod subscription;
mod take;
mod taken;
mod terms;
mod transport;

pub use dialect::{Message, Unreadable, read};
pub use follow::Relay;
pub use http_transport::HttpRelayTransport;
pub use position::{SOURCES, source_of};
pub use relayed::Relayed;
pub use subscription::{End, Received, Spoilt, Subscription};
pub use terms::RelayTerms;
pub use transport::{Bytestream, ConnectError, RelayTransport, Subscribe};
