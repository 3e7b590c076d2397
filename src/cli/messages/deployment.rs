//! A deployment as it is on record: its facts, and how it ended.

use boathook_core::record::Outcome;

use crate::{
    cli::messages::wording::{note, spaced},
    journal::DeploymentView,
};

/// A deployment's facts and notes, without its steps.
pub(crate) fn facts(history: &DeploymentView) -> Vec<[String; 2]> {
    let facts =
        history.facts().into_iter().map(|fact| [fact.name.to_owned(), fact.value.to_string()]);
    facts.chain(history.notes.iter().map(|note| ["note".to_owned(), note.clone()])).collect()
}

/// How a deployment ended, or its status at the deadline, and its notes.
pub fn outcome(history: &DeploymentView) -> Vec<String> {
    let notes = history.notes.iter().map(|text| note(text));
    std::iter::once(result(history)).chain(notes).collect()
}

/// How a deployment ended, or its status at the deadline.
fn result(history: &DeploymentView) -> String {
    let place = history.place();
    let why = history.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    match (history.status.end(), history.to_do()) {
        (Some(Outcome::Succeeded), _) => {
            let image = history.resolved_image.as_ref().unwrap_or(&history.image);
            let revision = history
                .candidate
                .as_ref()
                .map(|name| format!(" (revision {name})"))
                .unwrap_or_default();
            format!("succeeded: {place} serves {image}{revision}")
        }
        (Some(end), _) => format!("{} in {place}{why}", spaced(end.name())),
        (None, to_do) if history.status.is_settled() => {
            format!("rollback failed in {place}{why}; {}", to_do.unwrap_or_default())
        }
        (None, to_do) => {
            let to_do = to_do.map(|to_do| format!("; {to_do}")).unwrap_or_default();
            format!("still {} at the deadline: {place}{why}{to_do}", history.status.words())
        }
    }
}
