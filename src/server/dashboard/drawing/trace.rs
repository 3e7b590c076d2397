//! The path of a line, from the left to the right.

use std::fmt::Write as _;

use crate::server::dashboard::drawing::{
    Edge,
    shapes::{DrawnLine, HEAD, head_right},
};

/// How far a line has got.
#[derive(Default)]
pub struct Trace {
    path: String,
    x: u32,
    y: u32,
    /// The middle of its first bend.
    middle: (u32, u32),
    is_whole: bool,
}

impl Trace {
    pub const fn height(&self) -> u32 {
        self.y
    }

    pub fn begin(&mut self, x: u32, y: u32) {
        self.path = format!("M{x} {y}");
        (self.x, self.y) = (x, y);
    }

    /// Passes a column of this width.
    pub fn pass(&mut self, x: u32, width: u32, y: u32) {
        self.bend(x, y);
        let end = x + width;
        self.write(format_args!(" H{end}"));
        self.x = end;
    }

    /// A line that leads back has not begun, and is not drawn.
    pub fn end(&mut self, x: u32, y: u32) {
        if !self.path.is_empty() {
            self.bend(x - HEAD, y);
            self.x = x;
            self.is_whole = true;
        }
    }

    pub fn line(self, edge: &Edge) -> Option<DrawnLine> {
        let Self { path, x, y, middle, is_whole } = self;
        is_whole.then(|| DrawnLine {
            path,
            head: head_right(x, y),
            class: edge.class,
            label: edge.label(middle.0, middle.1.saturating_sub(6)),
        })
    }

    fn bend(&mut self, x: u32, y: u32) {
        let middle = u32::midpoint(self.x, x);
        if self.middle == (0, 0) {
            self.middle = (middle, u32::midpoint(self.y, y));
        }
        let from = self.y;
        self.write(format_args!(" C{middle} {from} {middle} {y} {x} {y}"));
        (self.x, self.y) = (x, y);
    }

    fn write(&mut self, text: std::fmt::Arguments<'_>) {
        self.path.write_fmt(text).expect("a string takes any text");
    }
}
