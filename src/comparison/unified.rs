//! A unified difference of two texts, of limited length.

use std::time::Duration;

use boathook_core::failure::shorten;
use similar::TextDiff;

/// Lines without a difference that are shown around one.
const CONTEXT: usize = 3;
/// How long to look for the shortest difference; then a longer one is shown.
const SEARCH: Duration = Duration::from_millis(200);
/// Bytes of each side that are compared at most.
const COMPARED_MAX: usize = 512 << 10;
/// What stands in place of a difference that is not looked for.
pub(super) const TOO_LARGE: &str = "[it is too large to be compared]\n";
/// Characters of one line.
const LINE_MAX: usize = 400;

/// The difference in at most `room` bytes, and a line that says how much was left out; none if the
/// texts are equal.
pub(super) fn unified(before: &str, after: &str, room: usize) -> Option<String> {
    if before == after {
        return None;
    }
    if before.len().max(after.len()) > COMPARED_MAX {
        return Some(TOO_LARGE.to_owned());
    }
    let compared = TextDiff::configure().timeout(SEARCH).diff_lines(before, after);
    let text = compared.unified_diff().context_radius(CONTEXT).to_string();
    Some(cut(&text, room))
}

fn cut(text: &str, room: usize) -> String {
    let mut shown = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let line = shorten(line, LINE_MAX);
        if shown.len() + line.len() >= room {
            shown.push_str(&format!("[{} more lines are left out]\n", lines.count() + 1));
            return shown;
        }
        shown.push_str(&line);
        shown.push('\n');
    }
    shown
}
