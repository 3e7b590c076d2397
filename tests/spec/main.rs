//! The specification of boathook, in chapters: read in order, it says what the service does. All of
//! it runs in this process, on a paused clock or none, without sockets and programs. The one exception
//! is `BOATHOOK_TEST_STORE=postgres`: then journals are in a PostgreSQL that this process starts.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod configuration;
mod crash;
mod intake;
mod journal;
mod manifests;
mod observers;
mod operator;
mod properties;
mod repository;
mod rollout;
mod secrets;
mod sources;
mod support;
