//! Locks: new requests for an environment, or for one service in it, are refused.
//!
//! They refuse new requests, and hold what waits for a deployment window. Other deployments that were
//! accepted before continue, and an operator's commands are never refused.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    clock::date_and_time,
    deployment::{Actor, DeploymentId, Environment, ServiceKey},
    record::{older_text, stored_actor},
};

/// A lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// Its own id, in the form of a deployment's.
    pub id: DeploymentId,
    pub environment: Environment,
    /// For this service only; otherwise for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceKey>,
    /// Why, in the operator's words.
    pub reason: String,
    #[serde(serialize_with = "stored_actor::user", deserialize_with = "older_text::or_text")]
    pub by: Actor,
    /// Since when.
    pub since: Timestamp,
    /// When it ends by itself; otherwise someone has to end it.
    pub until: Option<Timestamp>,
}

/// What a lock covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub environment: Environment,
    /// The one locked service; none if the whole environment is locked.
    pub service: Option<ServiceKey>,
}

impl Lock {
    #[must_use]
    pub fn place(&self) -> Place {
        Place { environment: self.environment, service: self.service.clone() }
    }

    /// By whom, since when and until when, as text.
    #[must_use]
    pub fn terms(&self) -> String {
        let end = self.until.map_or_else(|| "someone ends it".to_owned(), date_and_time);
        format!("by {} since {}, until {end}", self.by, date_and_time(self.since))
    }

    /// Whether it has not expired at `now`.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    /// Whether it is for this service, alone or with its environment.
    #[must_use]
    pub fn covers(&self, environment: Environment, service: &ServiceKey) -> bool {
        self.environment == environment
            && self.service.as_ref().is_none_or(|locked| locked == service)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.service {
            None => write!(f, "{}", self.environment),
            Some(service) => write!(f, "{service} in {}", self.environment),
        }
    }
}
