//! The ways in besides the listener.

mod relay_dialects;
mod relays;
