//! The judge: whether a digest meets a requirement at a given time.

use std::{cmp::Reverse, sync::Arc, time::Duration};

use jiff::Timestamp;

use crate::{
    deployment::Environment,
    proof::{DigestRecord, NotProven, NotYet, Places, Requirement, ServiceTime},
};

impl Requirement {
    /// Whether a digest of which the record says this is proven `now`; if not, why. Any service of an
    /// environment counts. A withdrawn digest is proven nowhere.
    pub fn judge(&self, record: &DigestRecord, now: Timestamp) -> Result<(), NotProven> {
        if let Some(withdrawal) = &record.withdrawn {
            return Err(NotProven::Withdrawn { withdrawal: Arc::clone(withdrawal) });
        }
        let named = self.places.environments();
        let judged = named.iter().map(|environment| self.judge_in(*environment, record, now));
        match &self.places {
            Places::Any(_) => any(&self.places, judged.collect()),
            Places::Environment(_) | Places::All(_) => all(judged.collect()),
        }
    }

    fn judge_in(
        &self,
        environment: Environment,
        record: &DigestRecord,
        now: Timestamp,
    ) -> Result<(), NotProven> {
        let there = record.times.iter().filter(|time| time.environment == environment);
        let judged = there.map(|time| self.judge_time(time, now)).collect();
        any(&Places::Environment(environment), judged)
    }

    fn judge_time(&self, time: &ServiceTime, now: Timestamp) -> Result<(), NotProven> {
        let ServiceTime { environment, from, until, succeeded, .. } = time;
        let soak = self.soak_of(time);
        let too_old = Err(NotProven::NoSuccess { places: Places::Environment(*environment) });
        let is_young = |at: Timestamp| self.within.is_none_or(|max| between(*succeeded, at) <= max);
        let served = between(*from, until.unwrap_or(now));
        let due = from.saturating_add(soak).unwrap_or(Timestamp::MAX);
        match until {
            _ if !is_young(now) || (soak.is_zero() && !time.is_healthy) => too_old,
            _ if served >= soak => Ok(()),
            Some(_) => Err(NotProven::Replaced {
                environment: *environment,
                served: Duration::from_secs(served.as_secs()),
                soak,
            }),
            None if is_young(due) => {
                Err(NotProven::NotYet(NotYet { environment: *environment, soak, due }))
            }
            None => too_old,
        }
    }

    /// How long it must have served: a soak needs a whole watch too, where there is one.
    fn soak_of(&self, time: &ServiceTime) -> Duration {
        let watch = time.watched_until.map(|until| between(time.from, until));
        let watch = watch.filter(|_| !self.soak.is_zero()).unwrap_or_default();
        self.soak.max(watch)
    }
}

/// A clock that was set back has let no time pass.
fn between(from: Timestamp, to: Timestamp) -> Duration {
    to.duration_since(from).try_into().unwrap_or_default()
}

/// One is enough. If none is proven, the one that is nearest to it says why.
fn any(places: &Places, judged: Vec<Result<(), NotProven>>) -> Result<(), NotProven> {
    let nearness = |why: &NotProven| match why {
        NotProven::NotYet(not_yet) => (0, Some(not_yet.due), Reverse(Duration::ZERO)),
        NotProven::Replaced { served, .. } => (1, None, Reverse(*served)),
        NotProven::NoSuccess { .. } | NotProven::Withdrawn { .. } => {
            (2, None, Reverse(Duration::ZERO))
        }
    };
    let lacking = judged.into_iter().map(Result::err).collect::<Option<Vec<_>>>();
    let Some(lacking) = lacking else { return Ok(()) };
    match lacking.into_iter().min_by_key(nearness) {
        Some(NotProven::NoSuccess { .. }) | None => {
            Err(NotProven::NoSuccess { places: places.clone() })
        }
        Some(why) => Err(why),
    }
}

/// Each must be. What never comes by itself is said first, then what comes last.
fn all(judged: Vec<Result<(), NotProven>>) -> Result<(), NotProven> {
    let lacking = judged.into_iter().filter_map(Result::err).collect::<Vec<_>>();
    let without = lacking.iter().filter_map(|why| match why {
        NotProven::NoSuccess { places } => Some(places.environments()),
        NotProven::NotYet(_) | NotProven::Replaced { .. } | NotProven::Withdrawn { .. } => None,
    });
    let without = without.flatten().copied().collect::<Vec<_>>();
    match without.as_slice() {
        [] => {}
        [one] => return Err(NotProven::NoSuccess { places: Places::Environment(*one) }),
        _ => return Err(NotProven::NoSuccess { places: Places::All(without) }),
    }
    let latest = |why: &NotProven| match why {
        NotProven::NotYet(not_yet) => Some(not_yet.due),
        NotProven::NoSuccess { .. } | NotProven::Replaced { .. } | NotProven::Withdrawn { .. } => {
            Some(Timestamp::MAX)
        }
    };
    lacking.into_iter().max_by_key(latest).map_or(Ok(()), Err)
}
