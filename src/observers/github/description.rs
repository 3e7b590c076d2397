//! The text of a status. Much of it comes from senders, programs and the cluster, and anyone who
//! may read the repository reads it.

use boathook_core::deployment::is_unprintable;

/// GitHub refuses longer ones; in characters.
const LENGTH_MAX: usize = 140;

/// The text on one line, without control characters, and no longer than GitHub takes.
pub fn description(text: &str) -> String {
    let visible = |c: char| if is_unprintable(c) { ' ' } else { c };
    let line: String = text.chars().map(visible).collect();
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LENGTH_MAX {
        return line;
    }
    let start: String = line.chars().take(LENGTH_MAX - 1).collect();
    format!("{}…", start.trim_end())
}
