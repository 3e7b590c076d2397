//! What the requests of a batch may repeat or come after, asked of the record once for all of them:
//! an answer takes about as long as many.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
};

use boathook_core::{
    deployment::{Environment, Identity, ServiceKey},
    record::Acceptance,
};
use jiff::Timestamp;

use crate::journal::{Reads, StoreError, Summary};

/// What the record holds that the requests of a batch may repeat or come after. Nobody else writes
/// before the batch does.
pub(in crate::journal) struct EarlierRequests {
    by_identity: HashMap<Identity, Option<Summary>>,
    newest: HashMap<(Environment, ServiceKey), Option<(Timestamp, Summary)>>,
}

impl EarlierRequests {
    pub(in crate::journal) fn of(
        requests: &[&Acceptance],
        store: &dyn Reads,
    ) -> Result<Self, StoreError> {
        let identities = each_once(requests.iter().map(|acceptance| acceptance.request.identity()));
        let ordered = requests.iter().filter(|acceptance| made_in_order(acceptance).is_some());
        let services = each_once(
            ordered
                .map(|acceptance| (acceptance.request.environment, acceptance.request.service())),
        );
        let found = store.find_each(&identities)?;
        let newest = store.newest_requests(&services)?;
        Ok(Self {
            by_identity: identities.into_iter().zip(found).collect(),
            newest: services.into_iter().zip(newest).collect(),
        })
    }

    /// The deployment with that identity; one that was not asked for is asked for now.
    pub(super) fn find(
        &self,
        identity: &Identity,
        store: &dyn Reads,
    ) -> Result<Option<Summary>, StoreError> {
        self.by_identity.get(identity).cloned().map_or_else(|| store.find(identity), Ok)
    }

    /// The request of a service that was made last; one that was not asked for is asked for now.
    pub(super) fn newest(
        &self,
        service: &(Environment, ServiceKey),
        store: &dyn Reads,
    ) -> Result<Option<(Timestamp, Summary)>, StoreError> {
        self.newest.get(service).cloned().map_or_else(|| store.newest_request(service), Ok)
    }
}

/// When a request was made that must not overwrite one made later.
pub(super) fn made_in_order(acceptance: &Acceptance) -> Option<Timestamp> {
    acceptance.requested_at().filter(|_| !acceptance.request.allow_older)
}

fn each_once<T: Clone + Eq + Hash>(all: impl Iterator<Item = T>) -> Vec<T> {
    all.collect::<HashSet<_>>().into_iter().collect()
}
