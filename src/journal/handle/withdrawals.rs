//! Withdraws digests and reinstates them, and says which are withdrawn and where they serve.

use std::sync::Arc;

use boathook_core::{
    deployment::{Actor, Digest, ImageRef, ServiceKey},
    proof::Withdrawal,
    record::Place,
    state::State,
};

use crate::journal::{
    Journal, StoreError, WithdrawalError, Withdrawn,
    writer::commands::{Reinstate, Withdraw},
};

/// Services that are searched for a digest.
const SERVICES_MAX: u32 = 10_000;

impl Journal {
    /// From now on the digest does not count as proven, and its promotions that wait end. `by` is
    /// the operator, and the note says why.
    pub async fn withdraw(&self, digest: Digest, by: Actor) -> Result<Withdrawn, WithdrawalError> {
        self.write(Withdraw { digest, by }).await
    }

    /// From now on the digest counts again where it succeeded. `by` is the operator, and the note
    /// says why.
    pub async fn reinstate(
        &self,
        digest: Digest,
        by: Actor,
    ) -> Result<Arc<Withdrawal>, WithdrawalError> {
        self.write(Reinstate { digest, by }).await
    }

    /// The withdrawal of a digest, if it is withdrawn.
    pub async fn withdrawal(&self, digest: &Digest) -> Result<Option<Arc<Withdrawal>>, StoreError> {
        let digest = digest.clone();
        self.read(move |store| store.withdrawal(&digest)).await
    }

    /// The withdrawn digests, the last one first, `limit` at most.
    pub async fn withdrawals(&self, limit: u32) -> Result<Vec<Arc<Withdrawal>>, StoreError> {
        self.read(move |store| store.withdrawals(limit)).await
    }

    /// Where a digest serves, by the record, or is being deployed.
    pub async fn places_of(&self, digest: &Digest) -> Result<Vec<Place>, StoreError> {
        let is_it = |image: &ImageRef| image.digest() == Some(digest);
        let services = self.read(|store| store.services(SERVICES_MAX)).await?;
        let serving = services.into_iter().filter_map(|service| {
            service.served.filter(|served| is_it(&served.success.image))?;
            let newest = service.newest;
            let service = ServiceKey { namespace: newest.namespace, service: newest.service };
            Some(Place { environment: newest.environment, service: Some(service) })
        });
        let mut places = serving.collect::<Vec<_>>();
        let begun = |state: &State| matches!(state, State::Planning(_) | State::Deploying(_));
        for (_, deployment) in self.live().into_iter().filter(|(_, one)| begun(&one.state)) {
            let request = &deployment.acceptance.request;
            let known = deployment.state.clone().into_findings().image;
            let place =
                Place { environment: request.environment, service: Some(request.service()) };
            if is_it(known.as_ref().unwrap_or(&request.image)) && !places.contains(&place) {
                places.push(place);
            }
        }
        places.sort_by_key(|place| (place.environment, place.to_string()));
        Ok(places)
    }
}
