//! The graph of environments as a drawing: a box for each, and lines for the ways between them.
//! Where there is room the boxes are in columns, each behind those that lead to it; otherwise they
//! are below each other.

mod columns;
mod draw;
mod shapes;
mod stack;
mod trace;

pub use draw::draw;
pub use shapes::{Drawing, Edge, Node};
