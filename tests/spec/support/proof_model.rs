//! What a digest has served and whether that proves it, computed anew from everything that ever
//! happened, for each question: slow, short, and independent of the judge. Holds no test.

use std::{collections::BTreeSet, time::Duration};

use boathook_core::{
    deployment::Environment,
    proof::{Places, Requirement},
};
use jiff::Timestamp;

/// One thing that happened to a digest in a service.
#[derive(Clone, Debug)]
pub struct Happened<D> {
    pub at: Timestamp,
    pub environment: Environment,
    /// Which service there.
    pub service: usize,
    pub digest: D,
    pub what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It serves 100 % from now on.
    Succeeded,
    /// It is watched until then.
    Watched { until: Timestamp },
    /// It was found unhealthy.
    Unhealthy,
}

/// Everything that happened, the oldest first.
#[derive(Clone, Debug)]
pub struct Past<D>(pub Vec<Happened<D>>);

/// A time in which a digest served at a stretch.
struct Stretch {
    served: Duration,
    /// How long it must be for its watch to end.
    watch: Duration,
    newest_success: Timestamp,
    /// Whether no bad verdict came after that success: otherwise only a soak can prove it.
    is_healthy: bool,
}

impl<D: PartialEq> Past<D> {
    /// Whether a digest that nobody withdrew meets a requirement.
    pub fn proves(&self, requirement: &Requirement, digest: &D, now: Timestamp) -> bool {
        let Requirement { places, within, soak } = requirement;
        let proven_in = |environment: &Environment| {
            self.stretches(*environment, digest, now).iter().any(|stretch| {
                let age = between(stretch.newest_success, now);
                let soak = if soak.is_zero() { *soak } else { stretch.watch.max(*soak) };
                let is_enough = stretch.is_healthy || !soak.is_zero();
                is_enough && stretch.served >= soak && within.is_none_or(|within| age <= within)
            })
        };
        match places {
            Places::Environment(environment) => proven_in(environment),
            Places::All(all) => all.iter().all(proven_in),
            Places::Any(any) => any.iter().any(proven_in),
        }
    }

    /// What served last in a service.
    pub fn serves(&self, environment: Environment, service: usize, now: Timestamp) -> Option<&D> {
        let here = self.here(environment, service, now);
        let newest = here.iter().rfind(|one| one.what == What::Succeeded)?;
        Some(&newest.digest)
    }

    /// Each success of the digest begins a stretch, and a success of something else ends it. What was
    /// served before a bad verdict does not count, and no soak is over before the watch is.
    fn stretches(&self, environment: Environment, digest: &D, now: Timestamp) -> Vec<Stretch> {
        let services = self.0.iter().map(|one| one.service).collect::<BTreeSet<_>>();
        let mut stretches = Vec::new();
        for service in services {
            let here = self.here(environment, service, now);
            let is = |index: usize, what| here[index].what == what && here[index].digest == *digest;
            let bad = (0..here.len()).rfind(|index| is(*index, What::Unhealthy));
            for begin in (0..here.len()).filter(|index| is(*index, What::Succeeded)) {
                let ends = |index: &usize| {
                    here[*index].what == What::Succeeded && here[*index].digest != *digest
                };
                let end = (begin..here.len()).find(ends);
                let last = end.unwrap_or(here.len());
                let from = match bad {
                    Some(bad) if bad > last => continue,
                    Some(bad) if bad > begin => bad,
                    Some(_) | None => begin,
                };
                let until = end.map_or(now, |end| here[end].at);
                let newest = (begin..last).rfind(|index| is(*index, What::Succeeded));
                // A later success or a bad verdict has ended an earlier watch.
                let newest = newest.unwrap_or(begin);
                let watch =
                    here[newest.max(from)..last].iter().rev().find_map(|one| match one.what {
                        What::Watched { until } => Some(between(here[from].at, until)),
                        What::Succeeded | What::Unhealthy => None,
                    });
                stretches.push(Stretch {
                    watch: watch.unwrap_or_default(),
                    served: between(here[from].at, until),
                    newest_success: here[newest].at,
                    is_healthy: bad.is_none_or(|bad| bad < newest),
                });
            }
        }
        stretches
    }

    fn here(&self, environment: Environment, service: usize, now: Timestamp) -> Vec<&Happened<D>> {
        let is_here = |one: &&Happened<D>| {
            one.environment == environment && one.service == service && one.at <= now
        };
        self.0.iter().filter(is_here).collect()
    }
}

fn between(from: Timestamp, to: Timestamp) -> Duration {
    to.duration_since(from).try_into().unwrap_or_default()
}
