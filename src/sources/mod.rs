//! The ways in besides the listener: boathook connects to them, so they need no open port.
//!
//! A source decides nothing: what it brings goes through admission, as what the listener brings. It
//! delays nobody while it is away.

mod forgetting;
pub mod github;
pub mod relay;

pub use forgetting::forget_others;
