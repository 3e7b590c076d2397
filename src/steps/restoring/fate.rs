//! What becomes of one object in a rollback, from what it was before, what the deployment applied,
//! and what it is now. Decides only.

use boathook_core::{
    objects::{Document, is_deletable},
    rollout::{BackTo, CreatedObjects, ObjectBefore},
};

use crate::steps::needs_apply::LiveState;

/// What becomes of an object.
#[derive(Debug, PartialEq)]
pub(crate) enum Fate<'a> {
    /// The deployment never came to it.
    Untouched,
    /// It is as it was before already.
    IsBack,
    /// This is applied.
    Apply(&'a Document),
    /// It is deleted, if it is still this one.
    Delete(Document),
    /// The deployment created it, and it stays.
    Keep,
    /// It stays as it is, and may not be as it was.
    Leave(String),
}

impl Fate<'_> {
    /// Whether a program has to run for it.
    pub(crate) const fn acts(&self) -> bool {
        matches!(self, Self::Apply(_) | Self::Delete(_))
    }

    /// The same where another deployment needs the object as it is.
    pub(crate) fn unless_shared(self, object: &Document, shared: &[Document]) -> Self {
        if self.acts() && shared.iter().any(|other| other.is_same_object(object)) {
            return Self::Leave("another service was deployed with it meanwhile".to_owned());
        }
        self
    }
}

/// Decides on one object; `ours` is what the deployment applied. In doubt someone else changed it.
pub(crate) fn fate<'a>(
    before: &'a ObjectBefore,
    ours: &Document,
    live: &LiveState,
    created: CreatedObjects,
) -> Fate<'a> {
    let leave = |why: &str| Fate::Leave(why.to_owned());
    let live = match (live, &before.back_to) {
        (_, BackTo::Unknown { why }) if before.uid.is_none() => return Fate::Leave(why.clone()),
        (LiveState::Present(live), _) => live,
        (LiveState::Absent, BackTo::Nothing) => return Fate::Untouched,
        (LiveState::Absent, _) => return leave("someone deleted it since"),
        (LiveState::Unreadable | LiveState::Unread, _) => return leave("it could not be read"),
    };
    if live.is_going() {
        return leave("it is being deleted");
    }
    let is_as_read = before.resource_version.is_some()
        && live.resource_version() == before.resource_version.as_deref();
    match &before.back_to {
        BackTo::Nothing if ours.is_as_applied(live) => of_created(created, live),
        BackTo::Nothing => leave("someone else changed it since this deployment created it"),
        BackTo::Unknown { why } if ours.was_applied_to(live) => Fate::Leave(why.clone()),
        BackTo::Unknown { .. } => Fate::Untouched,
        BackTo::Applied(_) | BackTo::Proven(_) if live.uid() != before.uid.as_deref() => {
            leave("someone deleted it since and made it anew")
        }
        BackTo::Applied(_) if is_as_read => Fate::Untouched,
        BackTo::Applied(document) | BackTo::Proven(document) => {
            if document.was_applied_to(live) {
                Fate::IsBack
            } else if is_as_read || ours.is_as_applied(live) {
                Fate::Apply(document)
            } else {
                leave("someone else changed it since this deployment applied it")
            }
        }
    }
}

/// Decides on one object of an ordered rollback: `to` is what it goes back to, `over` what later
/// deployments applied, and `began` whether this rollback was about to change it.
pub(crate) fn fate_of_ordered<'a>(
    to: &'a Document,
    over: &[Document],
    live: &LiveState,
    began: bool,
) -> Fate<'a> {
    let leave = |why: &str| Fate::Leave(why.to_owned());
    let mut since = over.iter().filter(|ours| ours.is_same_object(to));
    match live {
        LiveState::Present(live) if live.is_going() => leave("it is being deleted"),
        LiveState::Present(live) if to.was_applied_to(live) => {
            if began {
                Fate::IsBack
            } else {
                Fate::Untouched
            }
        }
        LiveState::Present(live) if since.any(|ours| ours.is_as_applied(live)) => Fate::Apply(to),
        LiveState::Present(_) => leave("someone else changed it since boathook applied it"),
        LiveState::Absent if began => Fate::Apply(to),
        LiveState::Absent => leave("someone deleted it since"),
        LiveState::Unreadable | LiveState::Unread => leave("it could not be read"),
    }
}

/// Whatever the settings say, nothing is deleted that holds data, or that others may need.
fn of_created<'a>(created: CreatedObjects, live: &Document) -> Fate<'a> {
    match created {
        CreatedObjects::Delete if is_deletable(live.api_version(), live.kind()) => {
            Fate::Delete(live.clone())
        }
        CreatedObjects::Delete | CreatedObjects::Keep => Fate::Keep,
    }
}
