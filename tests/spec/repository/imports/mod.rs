//! Who imports whom: what docs/architecture.md lets modules import, no circles, no tunnels.

mod circles;
mod planted;
mod source;
mod table;
mod tokens;
mod tree;
mod tunnels;
