//! Draws a graph for wide and for narrow screens.

use crate::server::dashboard::drawing::{Drawing, Edge, Node, columns::Columns, stack};

/// Boxes and lines that are drawn; a graph with more is not.
const BOXES_MAX: usize = 40;
const LINES_MAX: usize = 120;

/// Both drawings of a graph; none if it is too large. A node comes after those that lead to it.
pub fn draw(nodes: &[Node], edges: &[Edge]) -> Vec<Drawing> {
    if nodes.is_empty() || nodes.len() > BOXES_MAX || edges.len() > LINES_MAX {
        return Vec::new();
    }
    vec![Columns::of(nodes, edges).draw(), stack::draw(nodes, edges)]
}
