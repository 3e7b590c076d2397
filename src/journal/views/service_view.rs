//! What serves where, as the record has it: the newest success of each service, and the shares of a
//! rollout under way. Commands and pages show this, computed here and nowhere else.
//!
//! It does not read the cluster; who shows it says so.

use std::sync::Arc;

use boathook_core::{
    deployment::{
        DeploymentId, Environment, ExternalId, ImageRef, Namespace, Percent, RevisionName,
        ServiceKey, ServiceName,
    },
    record::{Lock, Outcome, ServiceHold, Status},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::journal::{DeploymentView, Served, Service, Share, Summary};

/// One service of one environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceView {
    pub environment: Environment,
    pub namespace: Namespace,
    pub service: ServiceName,
    /// The revisions with their shares, stable before the candidate; none where nothing has
    /// succeeded yet.
    pub serving: Vec<ServingRevision>,
    /// The new revision of the rollout under way, whether it serves or not.
    pub candidate: Option<RevisionName>,
    /// Its newest deployment.
    pub newest: NewestDeployment,
    /// Why it is locked, alone or with its environment.
    pub locked: Option<String>,
    /// Whose rollback holds it, and since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
    /// Until when what serves is watched, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watched_until: Option<Timestamp>,
    /// Why the digest that serves was withdrawn, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<String>,
    /// What the promotions of its success wait for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promotions_wait: Vec<String>,
    /// Why the record may not show what serves.
    pub doubt: Option<String>,
}

/// A revision that serves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServingRevision {
    pub revision: RevisionName,
    pub percent: Percent,
    /// Whether a rollout under way brings it.
    pub is_candidate: bool,
    /// Its image, by digest where that is known; none if no deployment on record brought it.
    pub image: Option<ImageRef>,
    /// Its image as requested, which may name a tag.
    #[serde(default)]
    pub requested: Option<ImageRef>,
    /// Since when it serves.
    pub since: Option<Timestamp>,
    /// The deployment that brought it.
    pub deployment: Option<DeploymentId>,
}

/// The newest deployment of a service, in any status.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewestDeployment {
    pub id: DeploymentId,
    /// The sender's name for it.
    pub deployment_id: ExternalId,
    pub status: Status,
    /// Whether an operator paused it.
    pub paused: bool,
}

impl ServiceView {
    /// Every service of every environment; `moving` are the deployments that run.
    #[must_use]
    pub fn all(
        services: Vec<Service>,
        moving: &[DeploymentView],
        locks: &[Arc<Lock>],
        holds: &[Arc<ServiceHold>],
    ) -> Vec<Self> {
        let view = |service| Self::of(service, moving, locks);
        let mut all: Vec<Self> = services.into_iter().map(view).collect();
        for view in &mut all {
            let hold = holds.iter().find(|hold| hold.is_of(view.environment, &view.key()));
            view.held = hold.map(|hold| hold.terms());
        }
        all
    }

    /// Its namespace and name.
    #[must_use]
    pub fn key(&self) -> ServiceKey {
        ServiceKey { namespace: self.namespace.clone(), service: self.service.clone() }
    }

    /// Whose rollback holds it, and what ends that.
    #[must_use]
    pub fn held_in_words(&self) -> Option<String> {
        self.held.as_ref().map(|terms| format!("{terms}; boathook release ends it"))
    }

    fn of(service: Service, moving: &[DeploymentView], locks: &[Arc<Lock>]) -> Self {
        let Service { newest, served } = service;
        let moving = moving.iter().find(|view| is_of(view, &newest));
        let withdrawn = served.as_ref().and_then(|served| served.withdrawal.clone());
        let serving = match (moving.filter(|view| !view.serving.is_empty()), served) {
            (Some(view), served) => {
                let shares = view.serving.iter();
                shares.map(|share| ServingRevision::moving(share, view, served.as_ref())).collect()
            }
            (None, Some(served)) => vec![ServingRevision::proven(&served, Percent::FULL)],
            (None, None) => Vec::new(),
        };
        let Summary { environment, namespace, service, .. } = newest.clone();
        Self {
            serving,
            candidate: moving.and_then(|view| view.candidate.clone()),
            locked: locked(&newest, locks),
            held: None,
            watched_until: None,
            promotions_wait: Vec::new(),
            withdrawn: withdrawn.map(|withdrawal| withdrawal.to_string()),
            doubt: doubt(newest.status).map(str::to_owned),
            newest: NewestDeployment {
                paused: moving.is_some_and(|view| view.id == newest.id && view.paused),
                id: newest.id,
                deployment_id: newest.deployment_id,
                status: newest.status,
            },
            environment,
            namespace,
            service,
        }
    }
}

impl ServingRevision {
    fn proven(served: &Served, percent: Percent) -> Self {
        let Served { success, requested, since, withdrawal: _ } = served;
        Self {
            revision: success.revision.clone(),
            percent,
            is_candidate: false,
            image: Some(success.image.clone()),
            requested: Some(requested.clone()),
            since: Some(*since),
            deployment: Some(success.deployment.clone()),
        }
    }

    /// One of the two revisions of a rollout under way.
    fn moving(share: &Share, view: &DeploymentView, served: Option<&Served>) -> Self {
        let Share { revision, percent } = share;
        let is_candidate = view.candidate.as_ref() == Some(revision);
        let served = served.filter(|served| served.success.revision == *revision);
        match served {
            Some(served) if !is_candidate => Self::proven(served, *percent),
            _ => Self {
                revision: revision.clone(),
                percent: *percent,
                is_candidate,
                image: view.resolved_image.clone().filter(|_| is_candidate),
                requested: is_candidate.then(|| view.image.clone()),
                since: view.serving_since.filter(|_| is_candidate),
                deployment: is_candidate.then(|| view.id.clone()),
            },
        }
    }
}

fn is_of(view: &DeploymentView, newest: &Summary) -> bool {
    view.environment == newest.environment
        && view.namespace == newest.namespace
        && view.service_name == newest.service
}

fn locked(newest: &Summary, locks: &[Arc<Lock>]) -> Option<String> {
    let service =
        ServiceKey { namespace: newest.namespace.clone(), service: newest.service.clone() };
    let lock = locks.iter().find(|lock| lock.covers(newest.environment, &service))?;
    Some(lock.reason.clone())
}

const fn doubt(newest: Status) -> Option<&'static str> {
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
        | Status::AwaitingWindow
        | Status::Queued
        | Status::Planning
        | Status::Deploying
        | Status::RollingBack
        | Status::Closing => None,
    }
}
