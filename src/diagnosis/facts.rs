//! What a diagnosis is made from.

use boathook_core::deployment::RevisionName;

use crate::{
    cluster::{Event, Pod, Revision},
    diagnosis::Diagnosis,
};

/// The state of a revision and what belongs to it, at one time.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The revision's name.
    pub name: &'a RevisionName,
    /// The cause in the service's own status, if it is believed; see
    /// [`of_service`](crate::diagnosis::of_service).
    pub of_service: Option<&'a Diagnosis>,
    /// The revision.
    pub revision: Option<&'a Revision>,
    /// The revision's pods.
    pub pods: &'a [Pod],
    /// Warnings in the namespace, oldest first; empty if they were not read.
    pub events: &'a [Event],
}

impl<'a> Facts<'a> {
    /// The events since this revision was created: an earlier one of the same name may have left
    /// some.
    pub(super) fn recent_events(&self) -> impl DoubleEndedIterator<Item = &'a Event> + use<'a> {
        let created = self.revision.and_then(Revision::created);
        let uid = self.revision.map(Revision::uid);
        self.events.iter().filter(move |event| {
            let is_older = created.is_some_and(|created| event.is_older_than(created));
            !is_older
                && (event.kind() != "Revision" || uid.is_none_or(|uid| event.may_be_about(uid)))
        })
    }
}
