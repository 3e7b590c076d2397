//! What a deployment changes, as lines for a terminal. Manifests are untrusted: each line is made
//! harmless before it gets a colour, and begins with a bar: a CI runner looks for its commands behind
//! the blanks at the beginning of a line.

use boathook_core::deployment::{ChangeKind, ObjectChange};

use crate::cli::{messages, terminal::Line};

/// The marks of a terminal, where it shows colours.
const GREEN: &str = "32";
const RED: &str = "31";
const CYAN: &str = "36";
const BOLD: &str = "1";

/// What changes in each object, and which stay as they are.
pub fn object_changes(changes: &[ObjectChange], in_colour: bool) -> Vec<String> {
    let painted = |text: &str, mark: Option<&str>| match mark.filter(|_| in_colour) {
        Some(mark) => format!("\u{1b}[{mark}m{}\u{1b}[0m", Line(text)),
        None => Line(text).to_string(),
    };
    let (same, differing): (Vec<&ObjectChange>, Vec<&ObjectChange>) =
        changes.iter().partition(|one| one.change == ChangeKind::Unchanged);
    let mut lines = Vec::new();
    for one in differing {
        lines.push(painted(&messages::object_change(one), Some(BOLD)));
        let diff = one.diff.as_deref().unwrap_or_default();
        lines.extend(diff.lines().map(|line| format!("  | {}", painted(line, mark(line)))));
    }
    lines.extend(messages::unchanged(&same).map(|line| painted(&line, None)));
    lines
}

fn mark(line: &str) -> Option<&'static str> {
    match line.bytes().next() {
        Some(b'+') => Some(GREEN),
        Some(b'-') => Some(RED),
        Some(b'@') => Some(CYAN),
        _ => None,
    }
}
