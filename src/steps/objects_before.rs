//! What a rollback needs to know of objects before a deployment applies them. Reads nothing.

use boathook_core::{
    objects::Document,
    rollout::{
        BackTo, ObjectBefore, Observation, Step,
        steps::{ApplyManifests, Leftover, RestoreObjects},
    },
};

use crate::steps::{Context, needs_apply::LiveState};

/// The most bytes of objects in one record; what does not fit is not brought back.
const RECORDED_MAX: usize = 1 << 20;

/// The objects that the apply is about to create or change, as far as the record does not have them
/// from an earlier run of the step; none if a rollback would bring nothing back.
pub(crate) fn objects_before(
    context: &Context<'_>,
    documents: &[Document],
    live: &[LiveState],
) -> Vec<ObjectBefore> {
    let Some(restore) = restore_of(context) else { return Vec::new() };
    let mut room = RECORDED_MAX;
    let mut found = Vec::new();
    for (place, (document, live)) in documents.iter().zip(live).enumerate() {
        let known = context.findings.objects.iter().find(|known| known.document == place);
        if document.is_namespace()
            || document.is_knative_service()
            || known.is_some_and(|known| is_still_so(known, document, live))
            || document.is_secret() && is_unchanged_secret(context, document, restore)
        {
            continue;
        }
        let Some(back_to) = back_to(document, live, &restore.leftovers) else { continue };
        let object = live.document();
        found.push(ObjectBefore {
            document: place,
            uid: object.and_then(Document::uid).map(str::to_owned),
            resource_version: object.and_then(Document::resource_version).map(str::to_owned),
            back_to: within(&mut room, back_to),
        });
    }
    found
}

/// Those of the recorded objects that kubectl says it did not change. One that shares kind and name
/// with another, in another namespace, is not told apart.
pub(crate) fn known_unchanged(
    step: &ApplyManifests,
    before: &[ObjectBefore],
    printed: &str,
) -> Option<Observation> {
    let named =
        |name: &str| step.documents.iter().filter(|one| one.qualified_name() == name).count();
    let is_unchanged = |object: &&ObjectBefore| {
        let name = step.documents.get(object.document).map(Document::qualified_name);
        name.is_some_and(|name| {
            let line = format!("{name} unchanged");
            named(&name) == 1 && printed.lines().any(|said| said.trim() == line)
        })
    };
    let places: Vec<usize> =
        before.iter().filter(is_unchanged).map(|object| object.document).collect();
    (!places.is_empty()).then_some(Observation::ObjectsUnchanged(places))
}

fn restore_of<'a>(context: &Context<'a>) -> Option<&'a RestoreObjects> {
    context.plan.rollback.iter().find_map(|step| match step {
        Step::RestoreObjects(restore) => Some(restore),
        _ => None,
    })
}

/// Whether only this deployment changed the object since it was recorded.
fn is_still_so(known: &ObjectBefore, document: &Document, live: &LiveState) -> bool {
    match live {
        LiveState::Absent => known.uid.is_none(),
        LiveState::Present(live) => {
            live.resource_version() == known.resource_version.as_deref()
                || document.was_applied_to(live)
        }
        LiveState::Unreadable | LiveState::Unread => true,
    }
}

/// Whether kubectl found a Secret unchanged, and it is not so because of a failure.
fn is_unchanged_secret(
    context: &Context<'_>,
    document: &Document,
    restore: &RestoreObjects,
) -> bool {
    let is_left = |left: &Leftover| left.failed.is_same_object(document);
    context.plan.leaves_unchanged(document) && !restore.leftovers.iter().any(is_left)
}

/// What to go back to; none if the object is as the apply would make it.
fn back_to(document: &Document, live: &LiveState, leftovers: &[Leftover]) -> Option<BackTo> {
    let unknown = |why: &str| Some(BackTo::Unknown { why: why.to_owned() });
    match live {
        LiveState::Absent => Some(BackTo::Nothing),
        LiveState::Unreadable => unknown("it could not be read before the apply"),
        LiveState::Unread if document.is_secret() => unknown(
            "it may have been changed; boathook does not read Secrets, so what it was before is not known",
        ),
        LiveState::Unread => {
            unknown("it was not read before the apply, because the manifests hold too many objects")
        }
        LiveState::Present(live) => match made_from(live) {
            None if document.is_as_applied(live) => None,
            None => unknown("kubectl apply had not made it, so what it was made from is not known"),
            Some(applied) => {
                let is_left = |left: &&Leftover| {
                    left.failed.is_same_object(document) && left.failed.states_the_same(&applied)
                };
                match leftovers.iter().find(is_left).map(|left| left.proven.clone()) {
                    Some(Some(proven)) => Some(BackTo::Proven(proven)),
                    Some(None) => unknown(
                        "a deployment that failed had left it so, and what it was before is not known",
                    ),
                    None if document.is_as_applied(live) => None,
                    None => Some(BackTo::Applied(as_it_is(applied, live))),
                }
            }
        },
    }
}

/// What `kubectl apply` made the object from. Who may change an object may write any other into
/// that annotation, which must never be applied.
fn made_from(live: &Document) -> Option<Document> {
    let mut applied = Document(live.last_applied()?);
    let namespace = live.namespace().map(str::to_owned);
    if let (Some(metadata), Some(namespace)) = (
        applied.0.pointer_mut("/metadata").and_then(|metadata| metadata.as_object_mut()),
        namespace,
    ) {
        metadata.entry("namespace").or_insert_with(|| namespace.into());
    }
    applied.is_same_object(live).then_some(applied)
}

/// The manifest, with the values that someone gave the object by hand since.
fn as_it_is(applied: Document, live: &Document) -> Document {
    if applied.is_as_applied(live) { applied } else { applied.with_values_of(live) }
}

fn within(room: &mut usize, back_to: BackTo) -> BackTo {
    let (BackTo::Applied(document) | BackTo::Proven(document)) = &back_to else { return back_to };
    match room.checked_sub(document.0.to_string().len()) {
        Some(left) => {
            *room = left;
            back_to
        }
        None => BackTo::Unknown { why: "it was too large for the record".to_owned() },
    }
}
