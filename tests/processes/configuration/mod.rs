//! Settings of a program that runs.

mod duration_texts;
mod environments;
mod reloading;
