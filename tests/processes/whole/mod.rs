//! Everything together, each part a program of its own.

mod several_nodes;
mod together;
mod two_boathooks;
