//! What is drawn, and what the template makes of it.

pub(super) const BOX_HEIGHT: u32 = 50;
pub(super) const MARGIN: u32 = 10;
/// The length of an arrow head.
pub(super) const HEAD: u32 = 8;

/// The width of a character of a box's name, and of the smaller text below it.
const NAME_WIDTH: usize = 9;
const STATE_WIDTH: usize = 7;
const BOX_PADDING: usize = 26;

/// An environment as it is drawn.
pub struct Node {
    pub name: String,
    /// The text below the name.
    pub state: String,
    pub class: &'static str,
}

/// A way between two nodes, by their places.
pub struct Edge {
    pub from: usize,
    pub to: usize,
    pub class: &'static str,
    pub label: &'static str,
}

/// What the template draws.
pub struct Drawing {
    pub class: &'static str,
    pub width: u32,
    pub height: u32,
    pub boxes: Vec<DrawnBox>,
    pub lines: Vec<DrawnLine>,
}

pub struct DrawnBox {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
    pub name: String,
    pub state: String,
    pub class: &'static str,
}

pub struct DrawnLine {
    pub path: String,
    /// The arrow head.
    pub head: String,
    pub class: &'static str,
    pub label: Option<DrawnLabel>,
}

pub struct DrawnLabel {
    pub x: u32,
    pub y: u32,
    pub text: &'static str,
}

impl Node {
    /// The width that its text needs.
    pub(super) fn width(&self) -> u32 {
        let name = self.name.chars().count() * NAME_WIDTH;
        let widest = name.max(self.state.chars().count() * STATE_WIDTH) + BOX_PADDING;
        u32::try_from(widest).unwrap_or(u32::MAX)
    }

    pub(super) fn drawn(&self, x: u32, y: u32, width: u32) -> DrawnBox {
        let Self { name, state, class } = self;
        let name = name.clone();
        let state = state.clone();
        DrawnBox { x, y, width, height: BOX_HEIGHT, name, state, class }
    }
}

impl Edge {
    pub(super) fn label(&self, x: u32, y: u32) -> Option<DrawnLabel> {
        (!self.label.is_empty()).then_some(DrawnLabel { x, y, text: self.label })
    }
}

impl DrawnBox {
    /// Where its text begins, and the lines of its name and of its state.
    pub const fn text(&self) -> (u32, u32, u32) {
        (self.x + 12, self.y + 21, self.y + 39)
    }
}

/// An arrow head that points to the right, up to there.
pub(super) fn head_right(x: u32, y: u32) -> String {
    format!("M{0} {1} L{x} {y} L{0} {2} Z", x - HEAD, y - 4, y + 4)
}

/// One that points down.
pub(super) fn head_down(x: u32, y: u32) -> String {
    format!("M{1} {0} L{x} {y} L{2} {0} Z", y - HEAD, x - 4, x + 4)
}
