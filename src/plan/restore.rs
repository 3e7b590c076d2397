//! The steps that bring back objects beside the service.

use boathook_core::{
    objects::Document,
    rollout::{
        ChangedObjects, Note, RestoreRule, Step,
        steps::{BringBackObjects, RestoreObjects},
    },
};

use crate::plan::Settings;

/// The most bytes of objects in one plan; what does not fit is not brought back.
const RECORDED_MAX: usize = 1 << 20;

/// What earlier deployments applied beside the service, according to their records.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Beside {
    /// What the deployment to go back to applied, with its image; of Secrets only the names.
    pub proven: Vec<Document>,
    /// What the deployment that serves now applied, and those after it.
    pub over: Vec<Document>,
}

/// The step of a rollback; none if it would have nothing to do, or the settings say so.
pub(super) fn restore(settings: &Settings, beside: &[Document]) -> Option<Step> {
    let RestoreRule { objects, created } = settings.rollback;
    let is_restorable = |document: &Document| !document.is_namespace();
    let has_some = objects == ChangedObjects::Restore && beside.iter().any(is_restorable);
    has_some.then(|| {
        Step::RestoreObjects(RestoreObjects {
            directory: format!("restore/{}", settings.environment),
            created,
            deadline: settings.waits.restore,
            leftovers: Vec::new(),
        })
    })
}

/// The step of an ordered rollback that brings back what differs from what was applied since, and
/// notes on what it does not bring back.
pub(super) fn bring_back(
    settings: &Settings,
    beside: Beside,
) -> (Option<BringBackObjects>, Vec<Note>) {
    if settings.rollback.objects == ChangedObjects::Keep {
        return (None, Vec::new());
    }
    let Beside { proven, over } = beside;
    let differs = |document: &Document| {
        let since: Vec<&Document> =
            over.iter().filter(|since| since.is_same_object(document)).collect();
        since.is_empty() || since.iter().any(|since| !since.states_the_same(document))
    };
    let mut room = RECORDED_MAX;
    let mut documents = Vec::new();
    let mut notes = Vec::new();
    for document in proven.into_iter().filter(differs) {
        match stays(&document, &mut room) {
            Some(why) => {
                notes.push(format!("{} stays as it is: {why}", document.shown_name()).into())
            }
            None => documents.push(document),
        }
    }
    let step = (!documents.is_empty()).then(|| BringBackObjects {
        directory: format!("objects/{}", settings.environment),
        over: over.into_iter().filter(|one| is_among(&documents, one)).collect(),
        documents,
        deadline: settings.waits.restore,
    });
    (step, notes)
}

/// Why an ordered rollback does not bring back an object.
fn stays(document: &Document, room: &mut usize) -> Option<&'static str> {
    if document.is_secret() {
        return Some("the record holds no values of Secrets");
    }
    if document.is_job() {
        return Some("a Job would run again");
    }
    if document.kind() == "PersistentVolumeClaim" {
        return Some("it holds data");
    }
    let Some(left) = room.checked_sub(document.0.to_string().len()) else {
        return Some("it is too large for the plan");
    };
    *room = left;
    None
}

fn is_among(documents: &[Document], one: &Document) -> bool {
    documents.iter().any(|document| document.is_same_object(one))
}
