//! The ways in besides the listener, over sockets.

mod relays;
