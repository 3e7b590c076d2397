//! The graph of promotions: which environment's successes go where, and which environment needs
//! images proven in which other one.

use std::collections::{BTreeMap, BTreeSet};

use boathook_core::{
    deployment::{Environment, KeyUse},
    proof::{Places, Requirement},
};

use crate::config::{EnvironmentConfig, PromotionConfig};

/// The environments, each with those that come after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PromotionGraph(BTreeMap<Environment, BTreeSet<Environment>>);

impl PromotionGraph {
    /// The graph of these environments, the way from one to the next included where it is closed for
    /// now (`when: never`).
    #[must_use]
    pub fn of(environments: &BTreeMap<Environment, EnvironmentConfig>) -> Self {
        let promoting = environments
            .iter()
            .flat_map(|(from, config)| within(config).map(|next| (*from, next.to)));
        let proving = environments.iter().flat_map(|(to, config)| proofs(*to, config));
        Self::new(environments.keys().copied(), promoting.chain(proving))
    }

    /// The graph of the promotions that happen.
    #[must_use]
    pub(super) fn of_promotions(environments: &BTreeMap<Environment, EnvironmentConfig>) -> Self {
        let promoting = environments.iter().flat_map(|(from, config)| {
            within(config).filter(|next| next.happens()).map(|next| (*from, next.to))
        });
        Self::new(environments.keys().copied(), promoting)
    }

    /// The graph of what must be proven where, of the environments that nothing can reach: each waits
    /// for another one of them.
    #[must_use]
    pub(super) fn of_unmet(environments: &BTreeMap<Environment, EnvironmentConfig>) -> Self {
        Self::unmet(environments, &[])
    }

    /// The same where the waves of promotions are waited for too.
    #[must_use]
    pub(super) fn of_unmet_waves(environments: &BTreeMap<Environment, EnvironmentConfig>) -> Self {
        let waves = environments.values().flat_map(|config| config.waves.ways());
        Self::unmet(environments, &waves.collect::<Vec<_>>())
    }

    fn unmet(
        environments: &BTreeMap<Environment, EnvironmentConfig>,
        waves: &[(Environment, Environment)],
    ) -> Self {
        let mut met = BTreeSet::new();
        loop {
            let before = met.len();
            for (name, config) in environments {
                let waves = waves.iter().filter(|(_, to)| to == name);
                if is_met(config, &met) && waves.into_iter().all(|(from, _)| met.contains(from)) {
                    met.insert(*name);
                }
            }
            if met.len() == before {
                break;
            }
        }
        let left = environments.keys().copied().filter(|name| !met.contains(name));
        Self::new(left, proofs_alone(environments).chain(waves.iter().copied()))
    }

    /// The graph of `all`, with the ways between two of them; other ways lead elsewhere.
    #[must_use]
    pub fn new(
        all: impl IntoIterator<Item = Environment>,
        ways: impl IntoIterator<Item = (Environment, Environment)>,
    ) -> Self {
        let mut after: BTreeMap<_, BTreeSet<_>> =
            all.into_iter().map(|name| (name, BTreeSet::new())).collect();
        for (from, to) in ways {
            if after.contains_key(&to)
                && let Some(next) = after.get_mut(&from)
            {
                next.insert(to);
            }
        }
        Self(after)
    }

    /// Every environment after those that lead to it, and otherwise by name. Those of a circle come
    /// by name too.
    #[must_use]
    pub fn order(&self) -> Vec<Environment> {
        let mut left = self.0.clone();
        let mut order = Vec::new();
        while let Some((first, _)) = left.first_key_value() {
            let is_reached = |name: &Environment| {
                left.iter().any(|(from, after)| from != name && after.contains(name))
            };
            let next = *left.keys().find(|name| !is_reached(name)).unwrap_or(first);
            left.remove(&next);
            order.push(next);
        }
        order
    }

    /// A circle, from one environment back to itself, if there is one.
    #[must_use]
    pub fn cycle(&self) -> Option<Vec<Environment>> {
        let mut left = self.0.clone();
        // What leads nowhere is in no circle.
        while let Some(end) =
            left.iter().find(|(_, after)| !after.iter().any(|to| left.contains_key(to)))
        {
            let end = *end.0;
            left.remove(&end);
        }
        let mut path = vec![*left.first_key_value()?.0];
        loop {
            let next = *left.get(path.last()?)?.iter().find(|to| left.contains_key(*to))?;
            if let Some(begin) = path.iter().position(|name| *name == next) {
                path.push(next);
                return Some(path.split_off(begin));
            }
            path.push(next);
        }
    }
}

/// The promotions that lead to an environment of this boathook, and not to another's of that name.
fn within(config: &EnvironmentConfig) -> impl Iterator<Item = &PromotionConfig> {
    config.promotion.iter().filter(|next| next.url.is_none())
}

/// The ways from where images must be proven for an environment.
fn proofs(
    to: Environment,
    config: &EnvironmentConfig,
) -> impl Iterator<Item = (Environment, Environment)> {
    let proven = config.require.proven.iter();
    proven.flat_map(|proven| proven.places.environments()).map(move |from| (*from, to))
}

/// The same of the environments that learn it here alone.
fn proofs_alone(
    environments: &BTreeMap<Environment, EnvironmentConfig>,
) -> impl Iterator<Item = (Environment, Environment)> {
    let alone = environments.iter().filter(|(_, config)| {
        !config.secrets.iter().any(|secret| secret.key_use == KeyUse::Promotion)
    });
    alone.flat_map(|(to, config)| proofs(*to, config))
}

/// Whether an image can be proven as an environment requires, once it serves in those that are met.
/// What another boathook promotes needs no proof here.
fn is_met(config: &EnvironmentConfig, met: &BTreeSet<Environment>) -> bool {
    let Some(Requirement { places, .. }) = &config.require.proven else { return true };
    let mut named = places.environments().iter();
    let others_promote = config.secrets.iter().any(|secret| secret.key_use == KeyUse::Promotion);
    others_promote
        || match places {
            Places::Any(_) => named.any(|place| met.contains(place)),
            Places::Environment(_) | Places::All(_) => named.all(|place| met.contains(place)),
        }
}
