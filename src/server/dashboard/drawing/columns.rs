//! Boxes in columns, each behind those that lead to it; a line that passes a column has a place of
//! its own between the boxes there.

use crate::server::dashboard::drawing::{
    Drawing, Edge, Node,
    shapes::{BOX_HEIGHT, DrawnBox, MARGIN},
    trace::Trace,
};

/// The room of a line that passes between boxes.
const PASSING_HEIGHT: u32 = 18;
const ROW_GAP: u32 = 18;
const COLUMN_GAP: u32 = 92;

/// The nodes in columns, and where each edge passes on its way.
pub struct Columns<'a> {
    nodes: &'a [Node],
    edges: &'a [Edge],
    columns: Vec<Vec<Slot>>,
}

/// What takes room in a column.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Slot {
    Node(usize),
    /// An edge that begins before this column and ends behind it.
    Passing(usize),
}

/// What is drawn so far.
struct Progress {
    boxes: Vec<DrawnBox>,
    traces: Vec<Trace>,
}

impl<'a> Columns<'a> {
    pub fn of(nodes: &'a [Node], edges: &'a [Edge]) -> Self {
        let mut rank = vec![0; nodes.len()];
        for to in 0..nodes.len() {
            let before = edges.iter().filter(|edge| edge.to == to && edge.from < to);
            rank[to] = before.map(|edge| rank[edge.from] + 1).max().unwrap_or(0);
        }
        let column = |number: usize| {
            let here = (0..nodes.len()).filter(|node| rank[*node] == number).map(Slot::Node);
            let passes = |edge: &Edge| (rank[edge.from] + 1..rank[edge.to]).contains(&number);
            let passing = edges.iter().enumerate().filter(|(_, edge)| passes(edge));
            here.chain(passing.map(|(edge, _)| Slot::Passing(edge))).collect()
        };
        let count = rank.iter().max().map_or(0, |last| last + 1);
        let columns = (0..count).map(column).collect();
        Self { nodes, edges, columns }
    }

    pub fn draw(&self) -> Drawing {
        let whole = self.columns.iter().map(|column| height(column)).max().unwrap_or(0);
        let traces = self.edges.iter().map(|_| Trace::default()).collect();
        let mut progress = Progress { boxes: Vec::new(), traces };
        let mut x = MARGIN;
        for column in &self.columns {
            let width = self.width(column);
            let mut y = MARGIN + (whole - height(column)) / 2;
            let mut slots = column.clone();
            slots.sort_by_cached_key(|slot| self.level(*slot, &progress.traces));
            for slot in slots {
                self.place(slot, (x, y), width, &mut progress);
                y += slot.height() + ROW_GAP;
            }
            x += width + COLUMN_GAP;
        }
        let Progress { boxes, traces } = progress;
        let lines = self.edges.iter().zip(traces).filter_map(|(edge, trace)| trace.line(edge));
        Drawing {
            class: "across",
            width: x.saturating_sub(COLUMN_GAP) + MARGIN,
            height: whole + 2 * MARGIN,
            boxes,
            lines: lines.collect(),
        }
    }

    fn place(&self, slot: Slot, (x, y): (u32, u32), width: u32, progress: &mut Progress) {
        let middle = y + slot.height() / 2;
        match slot {
            Slot::Node(node) => {
                for (edge, trace) in self.edges.iter().zip(&mut progress.traces) {
                    if edge.to == node {
                        trace.end(x, middle);
                    }
                    if edge.from == node {
                        trace.begin(x + width, middle);
                    }
                }
                progress.boxes.push(self.nodes[node].drawn(x, y, width));
            }
            Slot::Passing(edge) => progress.traces[edge].pass(x, width, middle),
        }
    }

    fn width(&self, column: &[Slot]) -> u32 {
        let widths = column.iter().filter_map(|slot| match slot {
            Slot::Node(node) => Some(self.nodes[*node].width()),
            Slot::Passing(_) => None,
        });
        widths.max().unwrap_or_default()
    }

    /// The height at which the lines to a slot come, so that few of them cross.
    fn level(&self, slot: Slot, traces: &[Trace]) -> u32 {
        let leads = |(number, edge): (usize, &Edge)| match slot {
            Slot::Passing(passing) => passing == number,
            Slot::Node(node) => edge.to == node && edge.from < node,
        };
        let leading = self.edges.iter().enumerate().zip(traces);
        let heights: Vec<u32> =
            leading.filter(|(edge, _)| leads(*edge)).map(|(_, trace)| trace.height()).collect();
        let count = u32::try_from(heights.len()).unwrap_or(u32::MAX);
        heights.iter().sum::<u32>().checked_div(count).unwrap_or(0)
    }
}

impl Slot {
    const fn height(self) -> u32 {
        match self {
            Self::Node(_) => BOX_HEIGHT,
            Self::Passing(_) => PASSING_HEIGHT,
        }
    }
}

fn height(column: &[Slot]) -> u32 {
    let slots = column.iter().map(|slot| slot.height() + ROW_GAP).sum::<u32>();
    slots.saturating_sub(ROW_GAP)
}
