//! Webhooks over real connections.

mod hostile_bytes;
mod identity;
mod secret_use;
mod senders;
mod tls;
mod webhook_bodies;
