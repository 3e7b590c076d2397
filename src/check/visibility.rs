//! Reports a visibility label that has no effect. Knative silently accepts any value of it,
//! anywhere.

use boathook_core::objects::{CLUSTER_LOCAL, Document, VISIBILITY};
use serde_json::Value;

use crate::check::{
    CheckResult,
    folders::{Folders, Readable},
};

const CHECK: &str = "visibility";

pub(super) fn check(folders: &Folders<'_>) -> Vec<CheckResult> {
    folders.in_each(of_document)
}

fn of_document(folder: Readable<'_>, document: &Document) -> Option<CheckResult> {
    let Readable { environment, settings, documents: _ } = folder;
    if !document.is_knative_service() {
        return None;
    }
    let label = |labels: &'_ Value| {
        labels
            .get(VISIBILITY)
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    let own = label(&document.0["metadata"]["labels"]);
    let of_template = label(&document.0["spec"]["template"]["metadata"]["labels"]);
    let wrong = match (own, of_template) {
        (Some(own), _) if own == CLUSTER_LOCAL => return None,
        (Some(own), _) => format!("has the label {VISIBILITY}: {own}"),
        (None, Some(_)) => format!("has the label {VISIBILITY} on its template"),
        (None, None) => return None,
    };
    Some(CheckResult::warning(
        CHECK,
        format!("{environment}: Service/{} {wrong}", document.name()),
        format!(
            "only `{CLUSTER_LOCAL}` in the service's own metadata.labels hides it; it is reached from outside"
        ),
        format!(
            "write {VISIBILITY}: {CLUSTER_LOCAL} under metadata.labels in {}, or remove the label",
            settings.manifests.display()
        ),
    ))
}
