//! What only real processes, sockets and time show: the commands, the listeners, the real kubectl,
//! and everything together.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod configuration;
mod intake;
mod journal;
mod manifests;
mod observers;
mod operator;
mod repository;
mod rollout;
mod secrets;
mod sources;
mod support;
mod whole;
