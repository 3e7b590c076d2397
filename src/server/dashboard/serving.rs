//! What serves where, as the record has it: the newest success of each service, and the shares of a
//! rollout under way.

use std::sync::Arc;

use boathook_core::{
    deployment::{Percent, ServiceKey},
    record::{Lock, Outcome, Status},
};

use crate::{
    journal::{Served, Service, Share, Summary},
    server::dashboard::{
        parts::{Part, traffic},
        under_way::UnderWay,
    },
};

/// One service of one environment.
pub struct Serving {
    pub newest: Summary,
    pub served: Option<Served>,
    /// None where nothing has succeeded yet.
    pub shares: Vec<Part>,
    /// Why it is locked, alone or with its environment.
    pub locked: Option<String>,
    /// Why the record may not show what serves.
    pub doubt: Option<&'static str>,
}

impl Serving {
    /// One row for each service of each environment, in the order of promotion.
    pub fn of(
        mut services: Vec<Service>,
        under_way: &[UnderWay],
        locks: &[Arc<Lock>],
    ) -> Vec<Self> {
        services.sort_by_key(|service| service.newest.environment);
        let row = |Service { newest, served }| Self {
            shares: shares(&newest, served.as_ref(), under_way),
            locked: locked(&newest, locks),
            doubt: doubt(newest.status),
            newest,
            served,
        };
        services.into_iter().map(row).collect()
    }
}

fn shares(newest: &Summary, served: Option<&Served>, under_way: &[UnderWay]) -> Vec<Part> {
    let moving = under_way.iter().find(|UnderWay { summary, view, .. }| {
        summary.environment == newest.environment
            && summary.namespace == newest.namespace
            && summary.service == newest.service
            && !view.serving.is_empty()
    });
    match (moving, served) {
        (Some(UnderWay { view, .. }), _) => traffic(&view.serving, view.candidate.as_ref()),
        (None, Some(Served { success, .. })) => {
            traffic(&[Share { revision: success.revision.clone(), percent: Percent::FULL }], None)
        }
        (None, None) => Vec::new(),
    }
}

fn locked(newest: &Summary, locks: &[Arc<Lock>]) -> Option<String> {
    let service =
        ServiceKey { namespace: newest.namespace.clone(), service: newest.service.clone() };
    let lock = locks.iter().find(|lock| lock.covers(newest.environment, &service))?;
    Some(lock.reason.clone())
}

fn doubt(newest: Status) -> Option<&'static str> {
    match newest {
        Status::RollbackFailed => Some("the rollback failed: what serves is not certain"),
        Status::Ended(Outcome::Abandoned) => {
            Some("the rollback was abandoned: what serves is not certain")
        }
        Status::Ended(Outcome::Aborted) => {
            Some("it was stopped: someone else may have changed what serves")
        }
        Status::Ended(
            Outcome::Succeeded
            | Outcome::RolledBack
            | Outcome::Failed
            | Outcome::Superseded
            | Outcome::Rejected,
        )
        | Status::AwaitingApproval
        | Status::Queued
        | Status::Planning
        | Status::Deploying
        | Status::RollingBack
        | Status::Closing => None,
    }
}
