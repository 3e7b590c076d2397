//! Everything together, each part a program of its own.

mod together;
mod two_boathooks;
