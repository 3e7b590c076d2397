//! What becomes of one object in a rollback, from what it was before, what the deployment applied,
//! and what it is now. Decides only.

use boathook_core::{
    objects::Document,
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
    /// It is deleted, if it still has this UID.
    Delete {
        /// The UID.
        uid: String,
    },
    /// The deployment created it, and it stays.
    Keep,
    /// It stays as it is, and may not be as it was.
    Leave(String),
}

impl Fate<'_> {
    /// Whether a program has to run for it.
    pub(crate) const fn acts(&self) -> bool {
        matches!(self, Self::Apply(_) | Self::Delete { .. })
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
        BackTo::Nothing => match live.uid() {
            Some(uid) if ours.is_as_applied(live) => of_created(ours, created, uid.to_owned()),
            _ => leave("someone else changed it since this deployment created it"),
        },
        BackTo::Unknown { why } if !is_as_read && ours.was_applied_to(live) => {
            Fate::Leave(why.clone())
        }
        BackTo::Unknown { .. } => Fate::Untouched,
        BackTo::Applied(_) if live.uid() != before.uid.as_deref() => {
            leave("someone deleted it since and made it anew")
        }
        BackTo::Applied(document) if document.was_applied_to(live) => {
            if is_as_read {
                Fate::Untouched
            } else {
                Fate::IsBack
            }
        }
        // As it was read, it is what a deployment before this one left there.
        BackTo::Applied(document) if is_as_read || ours.is_as_applied(live) => {
            Fate::Apply(document)
        }
        BackTo::Applied(_) => leave("someone else changed it since this deployment applied it"),
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
    let live = match live {
        LiveState::Present(live) if live.is_going() => return leave("it is being deleted"),
        LiveState::Present(live) => live,
        LiveState::Absent => return Fate::Apply(to),
        LiveState::Unreadable | LiveState::Unread => return leave("it could not be read"),
    };
    if to.was_applied_to(live) {
        return if began { Fate::IsBack } else { Fate::Untouched };
    }
    if over.iter().any(|ours| ours.is_same_object(to) && ours.is_as_applied(live)) {
        return Fate::Apply(to);
    }
    leave("someone else changed it since boathook applied it")
}

/// A claim holds what an application wrote, which nothing would bring back.
fn of_created<'a>(ours: &Document, created: CreatedObjects, uid: String) -> Fate<'a> {
    match created {
        CreatedObjects::Delete if ours.kind() != "PersistentVolumeClaim" => Fate::Delete { uid },
        CreatedObjects::Delete | CreatedObjects::Keep => Fate::Keep,
    }
}
