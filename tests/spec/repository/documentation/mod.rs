//! What the documentation says is so: its links, commands, scripts, keys, tables and examples.

mod commands;
mod contributing;
mod decisions;
mod jobs;
mod keys;
mod links;
mod readme;
mod reference;
