//! Boxes below each other, for a narrow screen: a line to the next one goes down, and every other
//! one passes at the left.

use crate::server::dashboard::drawing::{
    Drawing, Edge, Node,
    shapes::{BOX_HEIGHT, DrawnLine, HEAD, MARGIN, head_down, head_right},
};

/// The room for lines beside the boxes.
const GUTTER: u32 = 64;
const WIDTH: u32 = 286;
const GAP: u32 = 30;

pub(super) fn draw(nodes: &[Node], edges: &[Edge]) -> Drawing {
    let boxes = nodes.iter().enumerate();
    let boxes = boxes.map(|(place, node)| node.drawn(GUTTER, top(place), WIDTH));
    Drawing {
        class: "down",
        width: GUTTER + WIDTH + MARGIN,
        height: top(nodes.len()).saturating_sub(GAP) + MARGIN,
        boxes: boxes.collect(),
        lines: edges.iter().map(line).collect(),
    }
}

fn top(place: usize) -> u32 {
    MARGIN + u32::try_from(place).unwrap_or_default() * (BOX_HEIGHT + GAP)
}

fn line(edge: &Edge) -> DrawnLine {
    let Edge { from, to, class, label: _ } = edge;
    if *to == from + 1 {
        let x = GUTTER + 34;
        let begin = top(*from) + BOX_HEIGHT;
        let end = top(*to);
        return DrawnLine {
            path: format!("M{x} {begin} V{}", end - HEAD),
            head: head_down(x, end),
            class,
            label: edge.label(x + 36, end - GAP / 2 + 4),
        };
    }
    let begin = top(*from) + BOX_HEIGHT / 2;
    let end = top(*to) + BOX_HEIGHT / 2;
    let spans = u32::try_from(to.abs_diff(*from)).unwrap_or_default();
    let out = (10 + 10 * spans).min(GUTTER - 4);
    let bend = GUTTER - out;
    DrawnLine {
        path: format!("M{GUTTER} {begin} C{bend} {begin} {bend} {end} {} {end}", GUTTER - HEAD),
        head: head_right(GUTTER, end),
        class,
        label: None,
    }
}
