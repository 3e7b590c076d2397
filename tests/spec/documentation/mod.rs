//! What the documentation says is so: its links, commands, scripts, keys, tables and examples.

mod commands;
mod contributing;
mod decisions;
mod keys;
pub mod links;
mod pages;
mod readme;
mod reference;
