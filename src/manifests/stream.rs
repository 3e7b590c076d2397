//! Splits a text into YAML documents as kubectl does: at lines that begin with `---`, even inside a
//! value.

use crate::manifests::{Fault, error::TextPosition};

const SEPARATOR: &str = "---";

/// The text of one document, and how many lines of the file stand before it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) text: String,
    pub(super) lines_before: usize,
}

/// Cuts a text into documents; some may hold nothing.
pub(super) fn parts(text: &str) -> Result<Vec<Part>, Fault> {
    let mut parts = Vec::new();
    let mut part = Part { text: String::new(), lines_before: 0 };
    for (index, line) in text.lines().enumerate() {
        if let Some(after) = line.strip_prefix(SEPARATOR) {
            let after = after.trim();
            if !after.is_empty() && !after.starts_with('#') {
                let place = TextPosition { line: index + 1, column: SEPARATOR.len() + 1 };
                return Err(Fault::at(
                    place,
                    "kubectl takes nothing after `---` but a comment; begin a new line",
                ));
            }
            if !part.text.is_empty() {
                parts.push(std::mem::replace(
                    &mut part,
                    Part { text: String::new(), lines_before: index + 1 },
                ));
                continue;
            }
        }
        part.text.push_str(line);
        part.text.push('\n');
    }
    parts.push(part);
    Ok(parts)
}
