//! How long a digest has served: the fold of what the record says of it.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    deployment::{Environment, ServiceKey},
    proof::{Fact, What, Withdrawal},
};

/// A time in which a digest served 100 % of a service, without a break and healthy by the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceTime {
    pub environment: Environment,
    pub service: ServiceKey,
    /// When it began.
    pub from: Timestamp,
    /// Whether it began with a success. Otherwise the digest was found unhealthy and went on serving:
    /// only time can prove it then.
    pub is_healthy: bool,
    /// When something else came there; none while it serves.
    pub until: Option<Timestamp>,
    /// The newest success in it. A redeploy or a retry of the same digest goes on with the time.
    pub succeeded: Timestamp,
    /// Until when boathook was to watch it; none if it was not. What came before is no whole watch.
    pub watched_until: Option<Timestamp>,
}

/// What the record says of a digest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DigestRecord {
    /// Its service times, in any order.
    pub times: Vec<ServiceTime>,
    /// None if it counts.
    pub withdrawn: Option<Arc<Withdrawal>>,
}

impl ServiceTime {
    /// The service times in an environment, from its facts in the order of the record.
    #[must_use]
    pub fn fold(environment: Environment, facts: impl IntoIterator<Item = Fact>) -> Vec<Self> {
        let mut times = Vec::<Self>::new();
        for Fact { service, at, what, bundle: _ } in facts {
            let serving =
                times.iter_mut().find(|time| time.service == service && time.until.is_none());
            match (what, serving) {
                (What::Succeeded, Some(serving)) => {
                    serving.succeeded = at;
                    serving.is_healthy = true;
                    serving.watched_until = None;
                }
                (What::Succeeded, None) => times.push(Self {
                    environment,
                    service,
                    from: at,
                    is_healthy: true,
                    until: None,
                    succeeded: at,
                    watched_until: None,
                }),
                (What::Returned, None) => {
                    let before = times.iter().rfind(|time| time.service == service);
                    let again =
                        before.map(|before| Self { from: at, until: None, ..before.clone() });
                    times.extend(again);
                }
                (What::Watched { until }, Some(serving)) => serving.watched_until = Some(until),
                (What::Replaced, Some(serving)) => serving.until = Some(at),
                // What it served before counts no more, whenever that was.
                (What::Unhealthy, serving) => {
                    let anew = serving.map(|serving| Self {
                        from: at,
                        is_healthy: false,
                        watched_until: None,
                        ..serving.clone()
                    });
                    times.retain(|time| time.service != service);
                    times.extend(anew);
                }
                // The same digest serves on.
                (What::Reconfigured, _) => {}
                (What::Returned, Some(_)) | (What::Replaced | What::Watched { .. }, None) => {}
            }
        }
        times
    }
}
