//! What a deployment changes, as its page lists it.

use boathook_core::deployment::{ChangeKind, ObjectChange};

/// One object.
pub struct ObjectShown<'a> {
    pub id: String,
    pub change: &'a ObjectChange,
}

/// One line of a difference, and its class in the style sheet.
pub struct DiffLine<'a> {
    pub class: &'static str,
    pub text: &'a str,
}

impl<'a> ObjectShown<'a> {
    /// Those that change.
    pub fn changing(changes: &'a [ObjectChange]) -> Vec<Self> {
        let of = |(place, change)| Self { id: format!("change-{place}"), change };
        let changing = changes.iter().enumerate().map(of);
        changing.filter(|shown| shown.change.change != ChangeKind::Unchanged).collect()
    }

    /// The names of those that stay as they are.
    pub fn unchanged(changes: &'a [ObjectChange]) -> Vec<&'a str> {
        let same = changes.iter().filter(|one| one.change == ChangeKind::Unchanged);
        same.map(|one| one.object.as_str()).collect()
    }

    /// The lines of its difference.
    pub fn lines(&self) -> Vec<DiffLine<'a>> {
        let lines = self.change.diff.as_deref().unwrap_or_default().lines();
        lines.map(|text| DiffLine { class: class(text), text }).collect()
    }
}

fn class(line: &str) -> &'static str {
    match line.bytes().next() {
        Some(b'+') => "added",
        Some(b'-') => "removed",
        Some(b'@' | b'[') => "place",
        _ => "same",
    }
}
