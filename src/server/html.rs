//! Shared by the pages: escaping of untrusted text, times, and the words for each status.

use std::fmt;

use boathook_core::{clock::date_and_time, deployment::is_bidi_control};
use jiff::Timestamp;

use crate::journal::{Direction, StepStatus};

/// Text of any origin, made harmless inside an element or a quoted attribute.
pub struct Escaped<'a>(pub &'a str);

/// The same for an element that keeps line breaks as they are.
pub struct Kept<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .chars()
            .try_for_each(|c| if c == '\n' { f.write_str("<br>") } else { harmless(c, f) })
    }
}

impl fmt::Display for Kept<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| {
            if matches!(c, '\n' | '\t') { write!(f, "{c}") } else { harmless(c, f) }
        })
    }
}

fn harmless(c: char, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match c {
        '&' => f.write_str("&amp;"),
        '<' => f.write_str("&lt;"),
        '>' => f.write_str("&gt;"),
        '"' => f.write_str("&quot;"),
        '\'' => f.write_str("&#39;"),
        c if c.is_control() || is_bidi_control(c) => write!(f, "{}", char::REPLACEMENT_CHARACTER),
        c => write!(f, "{c}"),
    }
}

/// A time as text.
pub fn time(at: Timestamp) -> String {
    date_and_time(at)
}

/// Milliseconds as seconds.
pub fn seconds(milliseconds: i64) -> String {
    format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100)
}

/// The mark before the title of a step.
pub const fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Forward => "",
        Direction::Back => "Back: ",
    }
}

/// The status of a step, in a word.
pub(crate) const fn step_status(status: StepStatus) -> &'static str {
    match status {
        StepStatus::Pending => "pending",
        StepStatus::Running => "running",
        StepStatus::Done => "done",
        StepStatus::Failed => "failed",
        StepStatus::Skipped => "skipped",
    }
}
