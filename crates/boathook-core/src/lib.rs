//! boathook's vocabulary, and what needs no I/O: the handler and the sandbox both speak it.
//!
//! Nothing here reads a file, opens a socket or starts a program; a value is parsed once on arrival
//! and trusted everywhere after.

pub mod address_text;
pub mod api_server;
pub mod clock;
pub mod current;
pub mod deploy_windows;
pub mod deployment;
pub mod duration_text;
pub mod durations;
pub mod failure;
pub mod fault;
pub mod health;
pub mod objects;
pub mod permissions;
pub mod proof;
pub mod rate;
pub mod record;
pub mod rollout;
pub mod similar;
pub mod source;
pub mod state;
pub mod wildcard;
