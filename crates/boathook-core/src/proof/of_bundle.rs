//! Of what the record says of a digest, what counts for it together with one bundle of manifests.

use std::collections::HashSet;

use crate::{
    deployment::{BundleDigest, ServiceKey},
    proof::{Fact, What},
};

/// The facts of a digest with the manifests of a bundle: a success with other manifests takes its
/// place, as another digest would.
#[must_use]
pub fn of_bundle(facts: Vec<Fact>, bundle: &BundleDigest) -> Vec<Fact> {
    let mut serving = HashSet::<ServiceKey>::new();
    facts.into_iter().filter_map(|fact| counted(fact, bundle, &mut serving)).collect()
}

fn counted(fact: Fact, bundle: &BundleDigest, serving: &mut HashSet<ServiceKey>) -> Option<Fact> {
    let is_serving = serving.contains(&fact.service);
    let is_with_it = fact.bundle.as_ref() == Some(bundle);
    match fact.what {
        What::Succeeded if is_with_it => {
            serving.insert(fact.service.clone());
            Some(fact)
        }
        What::Succeeded => {
            serving.remove(&fact.service);
            is_serving.then_some(Fact { what: What::Replaced, ..fact })
        }
        What::Reconfigured => {
            (is_serving && !is_with_it).then_some(Fact { what: What::Replaced, ..fact })
        }
        What::Returned => (is_serving && is_with_it).then_some(fact),
        What::Watched { .. } | What::Unhealthy | What::Replaced => is_serving.then_some(fact),
    }
}
