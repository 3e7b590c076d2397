//! What the requests of a batch may repeat or come after, asked of the record once for all of them:
//! otherwise each of them waits for answers of its own.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    slice,
    sync::Arc,
};

use boathook_core::{
    deployment::{Environment, Identity, ServiceKey},
    record::{Acceptance, Event, Record},
    state::IllegalEvent,
};
use jiff::Timestamp;

use crate::journal::{StoreError, StoreReader, Summary};

/// The newest attempt at a request, with what was accepted first.
type Attempt = (Summary, Arc<Acceptance>);

/// The request of a service that was made last, and when.
type Newest = (Timestamp, Summary);

/// What the record holds that the requests of a batch may repeat or come after. Nobody else writes
/// before the batch does.
pub(in crate::journal) struct EarlierRequests {
    by_identity: HashMap<Identity, Result<Option<Attempt>, StoreError>>,
    newest: HashMap<(Environment, ServiceKey), Result<Option<Newest>, StoreError>>,
}

impl EarlierRequests {
    pub(in crate::journal) fn of(requests: &[&Acceptance], store: &dyn StoreReader) -> Self {
        let identities = each_once(requests.iter().map(|acceptance| acceptance.request.identity()));
        let ordered = requests.iter().filter(|acceptance| ordered_at(acceptance).is_some());
        let services = each_once(
            ordered
                .map(|acceptance| (acceptance.request.environment, acceptance.request.service())),
        );
        let found = find_each(&identities, store);
        let newest = store.newest_requests(&services);
        Self {
            by_identity: identities.into_iter().zip(found).collect(),
            newest: services.into_iter().zip(newest).collect(),
        }
    }

    /// The newest attempt at that request; one that was not asked for is asked for now.
    pub(super) fn find(
        &self,
        identity: &Identity,
        store: &dyn StoreReader,
    ) -> Result<Option<Attempt>, StoreError> {
        let known = self.by_identity.get(identity).cloned();
        known.unwrap_or_else(|| only(find_each(slice::from_ref(identity), store)))
    }

    /// The request of a service that was made last; one that was not asked for is asked for now.
    pub(super) fn newest(
        &self,
        service: &(Environment, ServiceKey),
        store: &dyn StoreReader,
    ) -> Result<Option<Newest>, StoreError> {
        let known = self.newest.get(service).cloned();
        known.unwrap_or_else(|| only(store.newest_requests(slice::from_ref(service))))
    }
}

/// When a request was made, if it must not overwrite one that was made later.
pub(super) fn ordered_at(acceptance: &Acceptance) -> Option<Timestamp> {
    acceptance.requested_at().filter(|_| !acceptance.request.allow_older)
}

fn find_each(
    identities: &[Identity],
    store: &dyn StoreReader,
) -> Vec<Result<Option<Attempt>, StoreError>> {
    let found = store.find_each(identities);
    let known = found.iter().filter_map(|found| found.as_ref().ok().and_then(Option::as_ref));
    let accepted: Vec<u64> = known.map(|summary| summary.accepted_seq).collect();
    let mut records = store.records_at(&accepted).into_iter();
    found
        .into_iter()
        .map(|found| {
            let Some(summary) = found? else { return Ok(None) };
            attempt(summary, records.next().transpose()?.flatten()).map(Some)
        })
        .collect()
}

/// `first` is the record that the deployment began with.
fn attempt(summary: Summary, first: Option<Record>) -> Result<Attempt, StoreError> {
    let first = first.map(|record| record.event);
    match first.as_ref().and_then(Event::acceptance) {
        Some(acceptance) => Ok((summary, Arc::clone(acceptance))),
        None => {
            let event = first.map_or("nothing", |event| event.name());
            Err(StoreError::Broken { id: summary.id, source: IllegalEvent::new(event, "none") })
        }
    }
}

fn each_once<T: Eq + Hash>(all: impl Iterator<Item = T>) -> Vec<T> {
    all.collect::<HashSet<_>>().into_iter().collect()
}

/// The answer to the one question that was asked.
fn only<T>(answers: Vec<Result<Option<T>, StoreError>>) -> Result<Option<T>, StoreError> {
    answers.into_iter().next().transpose().map(Option::flatten)
}
