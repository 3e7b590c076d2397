//! What the record says of digests that must be proven.

use std::{collections::HashSet, sync::Arc};

use boathook_core::{
    deployment::{BundleDigest, Digest, Environment},
    proof::{DigestRecord, NotProven, NotYet, Requirement, ServiceTime, Withdrawal, of_bundle},
};
use jiff::Timestamp;

use crate::journal::{Journal, StoreError, StoreReader};

/// The maximum number of proven images of an environment; a plan holds all their digests.
const PROVEN_MAX: u32 = 100;
/// The maximum number of facts of a digest in an environment that are counted, the newest ones.
const FACTS_MAX: u32 = 300;

/// The digests that meet a requirement, and those that do not and succeeded all the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProvenDigests {
    /// Those that count, newest first.
    pub digests: Vec<Digest>,
    /// Those that have not served long enough.
    pub not_yet: Vec<(Digest, NotYet)>,
    /// Those that were withdrawn.
    pub withdrawn: Vec<Arc<Withdrawal>>,
}

impl Journal {
    /// What the record says of a digest in these environments, with the manifests of a bundle if
    /// one is named.
    pub async fn digest_record(
        &self,
        digest: &Digest,
        bundle: Option<&BundleDigest>,
        environments: &[Environment],
    ) -> Result<DigestRecord, StoreError> {
        let digest = digest.clone();
        let bundle = bundle.cloned();
        let environments = environments.to_vec();
        self.read(move |store| {
            let withdrawn = store.withdrawal(&digest)?;
            let times = times(store, &digest, bundle.as_ref(), &environments)?;
            Ok(DigestRecord { times, withdrawn })
        })
        .await
    }

    /// The digests that meet a requirement now: of the newest hundred images of each environment that
    /// it names; with the manifests of a bundle, if one is named.
    pub async fn proven(
        &self,
        requirement: &Requirement,
        bundle: Option<&BundleDigest>,
    ) -> Result<ProvenDigests, StoreError> {
        let now = self.now();
        let requirement = requirement.clone();
        let bundle = bundle.cloned();
        self.read(move |store| proven(store, &requirement, bundle.as_ref(), now)).await
    }
}

fn proven(
    store: &dyn StoreReader,
    requirement: &Requirement,
    bundle: Option<&BundleDigest>,
    now: Timestamp,
) -> Result<ProvenDigests, StoreError> {
    let since = requirement.within.and_then(|within| now.saturating_sub(within).ok());
    let since = since.unwrap_or(Timestamp::MIN);
    let environments = requirement.places.environments();
    let mut found = ProvenDigests::default();
    let mut known = HashSet::new();
    for environment in environments {
        for (image, withdrawal) in store.proven(*environment, since, PROVEN_MAX)? {
            let Some(digest) = image.digest().filter(|digest| known.insert((*digest).clone()))
            else {
                continue;
            };
            if let Some(withdrawal) = withdrawal {
                found.withdrawn.push(withdrawal);
                continue;
            }
            let times = times(store, digest, bundle, environments)?;
            match requirement.judge(&DigestRecord { times, withdrawn: None }, now) {
                Ok(()) => found.digests.push(digest.clone()),
                Err(NotProven::NotYet(not_yet)) => found.not_yet.push((digest.clone(), not_yet)),
                Err(
                    NotProven::NoSuccess { .. }
                    | NotProven::Replaced { .. }
                    | NotProven::Withdrawn { .. },
                ) => {}
            }
        }
    }
    Ok(found)
}

fn times(
    store: &dyn StoreReader,
    digest: &Digest,
    bundle: Option<&BundleDigest>,
    environments: &[Environment],
) -> Result<Vec<ServiceTime>, StoreError> {
    let mut times = Vec::new();
    for environment in environments {
        let facts = store.facts(*environment, digest, FACTS_MAX)?;
        let facts = match bundle {
            Some(bundle) => of_bundle(facts, bundle),
            None => facts,
        };
        times.extend(ServiceTime::fold(*environment, facts));
    }
    Ok(times)
}
