//! From comparisons to what people read.

use boathook_core::deployment::{ChangeKind, ObjectChange};
use serde_json::Value;

use crate::{
    comparison::{
        Comparison, Sides,
        hidden::without_secrets,
        noise::without_noise,
        unified::{TOO_LARGE, unified},
    },
    redact::Redactor,
};

/// Bytes of one difference.
const OBJECT_MAX: usize = 8 << 10;
/// Bytes of all differences of a deployment together.
const TOTAL_MAX: usize = 32 << 10;
/// With less room than this nothing is compared any more.
const ROOM_MIN: usize = 256;
const NO_ROOM: &str = "[left out: the differences of the objects before it are long]\n";
/// Objects that are listed.
const OBJECTS_MAX: usize = 200;

/// Collects the changes of a deployment, without secrets and within limits.
pub struct Report<'a> {
    redactor: &'a Redactor,
    changes: Vec<ObjectChange>,
    room: usize,
    left_out: usize,
}

impl<'a> Report<'a> {
    /// An empty one.
    #[must_use]
    pub const fn new(redactor: &'a Redactor) -> Self {
        Self { redactor, changes: Vec::new(), room: TOTAL_MAX, left_out: 0 }
    }

    /// One that goes on after these.
    #[must_use]
    pub fn after(redactor: &'a Redactor, changes: Vec<ObjectChange>) -> Self {
        let used: usize = changes.iter().filter_map(|one| one.diff.as_ref()).map(String::len).sum();
        Self { changes, room: TOTAL_MAX.saturating_sub(used), ..Self::new(redactor) }
    }

    /// Adds an object.
    pub fn add(&mut self, comparison: Comparison) {
        if self.changes.len() >= OBJECTS_MAX {
            self.left_out += 1;
            return;
        }
        let Comparison { kind, name, namespace, sides } = comparison;
        let (change, diff) = match sides {
            Sides::Unchanged => (ChangeKind::Unchanged, None),
            Sides::Created(None) => (ChangeKind::Created, None),
            Sides::TooLarge { exists } => {
                let change = if exists { ChangeKind::Changed } else { ChangeKind::Created };
                (change, Some(TOO_LARGE.to_owned()))
            }
            Sides::Created(Some(after)) => {
                (ChangeKind::Created, self.difference(&kind, Value::Null, after))
            }
            Sides::Changed { before, after } => match self.difference(&kind, before, after) {
                None => (ChangeKind::Unchanged, None),
                diff => (ChangeKind::Changed, diff),
            },
        };
        self.room = self.room.saturating_sub(diff.as_ref().map_or(0, String::len));
        let object = self.redactor.text(&format!("{kind}/{name}")).into_owned();
        self.changes.push(ObjectChange { object, namespace, change, diff });
    }

    /// The changes, and how many objects are not among them.
    #[must_use]
    pub fn end(self) -> (Vec<ObjectChange>, usize) {
        (self.changes, self.left_out)
    }

    fn difference(&self, kind: &str, before: Value, after: Value) -> Option<String> {
        let before = without_noise(before);
        let after = without_noise(after);
        if before == after {
            return None;
        }
        if self.room < ROOM_MIN {
            return Some(NO_ROOM.to_owned());
        }
        let (before, after) = without_secrets(self.redactor, kind, (&before, &after));
        let diff = unified(&yaml(&before), &yaml(&after), OBJECT_MAX.min(self.room))?;
        // Shapes were looked for in each value; here they would take the marks for values.
        Some(self.redactor.without_known(&diff).into_owned())
    }
}

/// An object that is not there has no text.
fn yaml(object: &Value) -> String {
    if object.is_null() {
        return String::new();
    }
    serde_yaml::to_string(object).unwrap_or_else(|error| format!("[not YAML: {error}]\n"))
}
