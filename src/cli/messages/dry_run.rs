//! What a dry run plans and finds, and what it would change.

use boathook_core::deployment::{ChangeKind, DryRunReport, ObjectChange};

use crate::cli::messages::wording::note;

/// What a dry run plans, one line each.
pub(crate) fn dry_run_plan(report: &DryRunReport) -> Vec<String> {
    let DryRunReport {
        steps,
        rollback,
        stable,
        image,
        manifests,
        changes: _,
        notes: _,
        problems: _,
    } = report;
    let serves = stable.as_ref().map(|stable| format!("serves now: {stable}"));
    let image = image.as_ref().map(|image| format!("image: {image}"));
    let manifests = manifests.as_ref().map(|from| format!("manifests: {from}"));
    let numbered =
        steps.iter().enumerate().map(|(at, title)| format!("[{}/{}] {title}", at + 1, steps.len()));
    let back = rollback.iter().map(|title| format!("rollback: {title}"));
    serves.into_iter().chain(image).chain(manifests).chain(numbered).chain(back).collect()
}

/// What a dry run finds, one line each, and its verdict.
pub(crate) fn dry_run_findings(report: &DryRunReport) -> Vec<String> {
    let notes = report.notes.iter().map(|text| note(text));
    let problems = report.problems.iter().map(|problem| format!("problem: {problem}"));
    let verdict = if report.problems.is_empty() {
        "dry run: no problems"
    } else {
        "dry run: problems were found"
    };
    notes.chain(problems).chain([verdict.to_owned()]).collect()
}

/// What happens to an object, and where it is.
pub(crate) fn object_change(change: &ObjectChange) -> String {
    let ObjectChange { object, namespace, change, diff: _ } = change;
    let place = namespace.as_ref().map(|name| format!(" in {name}")).unwrap_or_default();
    format!("{}: {object}{place}", change.name())
}

/// The objects that stay as they are, in one line.
pub(crate) fn unchanged(changes: &[&ObjectChange]) -> Option<String> {
    let names: Vec<&str> = changes.iter().map(|change| change.object.as_str()).collect();
    (!names.is_empty()).then(|| format!("{}: {}", ChangeKind::Unchanged.name(), names.join(", ")))
}
