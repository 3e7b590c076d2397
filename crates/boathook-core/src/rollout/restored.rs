//! What a rollback made of the objects beside the service.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The objects that a deployment had changed or created, after its rollback looked at them; each as
/// `ConfigMap shop/settings`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// They are as they were before the deployment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restored: Vec<String>,
    /// The deployment had created them, and they are deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deleted: Vec<String>,
    /// The deployment had created them, and they stay, as the settings say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<String>,
    /// They may not be as they were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<LeftObject>,
    /// Jobs that the deployment had created, and that may still run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub running: Vec<LeftObject>,
}

/// An object that a rollback left as it found it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftObject {
    /// The object.
    pub object: String,
    /// Why; it may quote programs.
    pub why: String,
}

impl Restored {
    /// Whether there was nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { restored, deleted, kept, left, running } = self;
        let named = [restored, deleted, kept].into_iter().all(Vec::is_empty);
        named && left.is_empty() && running.is_empty()
    }

    /// Takes over what a later run of the step says; what an earlier one said of other objects
    /// stays.
    pub(super) fn update(&mut self, later: &Self) {
        let Self { restored, deleted, kept, left, running } = later;
        let left_names = left.iter().chain(running).map(|left| &left.object);
        let named: Vec<&String> =
            restored.iter().chain(deleted).chain(kept).chain(left_names).collect();
        for objects in [&mut self.restored, &mut self.deleted, &mut self.kept] {
            objects.retain(|object| !named.contains(&object));
        }
        for objects in [&mut self.left, &mut self.running] {
            objects.retain(|left| !named.contains(&&left.object));
        }
        self.restored.extend(restored.iter().cloned());
        self.deleted.extend(deleted.iter().cloned());
        self.kept.extend(kept.iter().cloned());
        self.left.extend(left.iter().cloned());
        self.running.extend(running.iter().cloned());
    }

    /// What the outcome's reason says of objects that may not be as they were.
    #[must_use]
    pub fn shortfall(&self) -> Option<String> {
        let words =
            |left: &LeftObject| format!("{} was not brought back: {}", left.object, left.why);
        let runs = |left: &LeftObject| format!("{} may still run: {}", left.object, left.why);
        let of_jobs = self.running.iter().map(runs);
        let words: Vec<String> = of_jobs.chain(self.left.iter().map(words)).collect();
        (!words.is_empty()).then(|| words.join("; "))
    }

    pub(super) fn map_text(mut self, mut change: impl FnMut(String) -> String) -> Self {
        for left in self.left.iter_mut().chain(&mut self.running) {
            left.why = change(std::mem::take(&mut left.why));
        }
        self
    }
}

impl fmt::Display for Restored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { restored, deleted, kept, left, running } = self;
        let mut parts = Vec::new();
        for (what, objects) in [("restored", restored), ("deleted", deleted), ("kept", kept)] {
            if !objects.is_empty() {
                parts.push(format!("{what} {}", objects.join(", ")));
            }
        }
        parts.extend(left.iter().map(|one| format!("left {} ({})", one.object, one.why)));
        let runs = |one: &LeftObject| format!("{} may still run ({})", one.object, one.why);
        parts.extend(running.iter().map(runs));
        f.write_str(&parts.join("; "))
    }
}
